"""What echoes a submission: the least that any server with this contract does.

python -m load.measuring.echo bare HOST:PORT     grpc.aio and nothing else
python -m load.measuring.echo serve              a whole service of the chassis, with the router's settings
"""

from __future__ import annotations

import asyncio
import sys

import grpc

from chassis import logs
from chassis.process import run
from chassis.runtime import Runtime
from chassis.service import Service
from lead_router.settings import Settings
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceServicer, add_LeadServiceServicer_to_server


class Echo(LeadServiceServicer):
    """Answers by what it was sent. The other methods are left as the generated base has them: unimplemented."""

    async def SubmitLead(  # noqa: N802  # named by the contract
        self, request: pb.SubmitLeadRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> pb.SubmitLeadResponse:
        sent = request.submission
        lead = lead_pb2.Lead(identity=sent.identity, origin=sent.origin, profile=sent.profile, message=sent.message)
        return pb.SubmitLeadResponse(outcome=pb.SUBMISSION_OUTCOME_CREATED, lead=lead)


async def build(runtime: Runtime[Settings]) -> Service:
    """A service of one servicer."""
    return Service(servicers=[Echo()])  # type: ignore[abstract]  # it answers one method


async def _bare(listen: str) -> None:
    server = grpc.aio.server()
    add_LeadServiceServicer_to_server(Echo(), server)  # type: ignore[abstract]  # it answers one method
    server.add_insecure_port(listen)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        asyncio.run(_bare(sys.argv[2]))
    else:
        settings = Settings.load()
        logs.configure(settings.service, settings.log_level)
        run(settings, build, serves=True, works=False)
