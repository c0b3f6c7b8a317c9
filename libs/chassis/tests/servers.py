"""Real gRPC servers on free ports, with servicers that do what a test tells them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from chassis.authentication import Authentication
from chassis.authorization import Authorizer
from chassis.context import RequestContext, current
from chassis.directory import Caller
from chassis.grpc_server import GrpcServer
from chassis.identity import TokenVerifier
from chassis.ids import PersonId, TenantId
from chassis.validation import validate
from throughline.collab.v1 import directory_service_pb2 as directory
from throughline.collab.v1 import directory_service_pb2_grpc as directory_grpc
from throughline.lead_router.v1 import lead_service_pb2 as leads
from throughline.lead_router.v1 import lead_service_pb2_grpc as leads_grpc
from throughline.operations.v1 import operations_pb2 as operations
from throughline.operations.v1 import operations_pb2_grpc as operations_grpc
from throughline.pipeline.v1 import activity_service_pb2 as activities
from throughline.pipeline.v1 import activity_service_pb2_grpc as activities_grpc

from .tokens import TENANT, TestIssuer, http_of

AUTHORIZER = Authorizer.load()


@dataclass
class Behaviour:
    """What all servicers of a test do, and what they saw."""

    act: Callable[[], Awaitable[None]] | None = None
    seen: list[RequestContext] = field(default_factory=list)
    metadata: list[dict[str, Any]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """Names in the certificates of callers; empty where they show none."""

    async def has_seen_one(self) -> bool:
        return bool(self.seen)

    async def run(self, context: Any) -> None:
        self.seen.append(current())
        self.metadata.append(dict(context.invocation_metadata()))
        self.shown += [name.decode() for name in context.auth_context().get("x509_common_name", ())]
        if self.act is not None:
            await self.act()

    def fail_with(self, error: BaseException) -> None:
        async def fail() -> None:
            raise error

        self.act = fail


class Directories(directory_grpc.DirectoryServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def GetMe(self, request: Any, context: Any) -> directory.GetMeResponse:  # noqa: N802
        await self.behaviour.run(context)
        return directory.GetMeResponse(permissions=["seen"])

    async def ImportDirectory(self, request: Any, context: Any) -> directory.ImportDirectoryResponse:  # noqa: N802
        await self.behaviour.run(context)
        return directory.ImportDirectoryResponse()


class Leads(leads_grpc.LeadServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def SubmitLead(self, request: Any, context: Any) -> leads.SubmitLeadResponse:  # noqa: N802
        await self.behaviour.run(context)
        return leads.SubmitLeadResponse()

    async def SubmitLeads(self, request_iterator: Any, context: Any) -> leads.SubmitLeadsResponse:  # noqa: N802
        await self.behaviour.run(context)
        count = 0
        async for message in request_iterator:
            validate(message)
            count += 1
        return leads.SubmitLeadsResponse(created=count)

    async def WatchLeadHeat(self, request: Any, context: Any) -> AsyncIterator[leads.WatchLeadHeatResponse]:  # noqa: N802
        yield leads.WatchLeadHeatResponse()
        await self.behaviour.run(context)
        yield leads.WatchLeadHeatResponse()


class Activities(activities_grpc.ActivityServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def FindFollowUpSince(  # noqa: N802
        self, request: Any, context: Any
    ) -> activities.FindFollowUpSinceResponse:
        await self.behaviour.run(context)
        return activities.FindFollowUpSinceResponse()

    async def RecordFollowUp(self, request: Any, context: Any) -> activities.RecordFollowUpResponse:  # noqa: N802
        await self.behaviour.run(context)
        return activities.RecordFollowUpResponse()


class Operations(operations_grpc.OperationsServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def GetQuiescence(self, request: Any, context: Any) -> operations.GetQuiescenceResponse:  # noqa: N802
        await self.behaviour.run(context)
        return operations.GetQuiescenceResponse()


class InMemoryPeople:
    """Everybody is the same person, with the roles of the test."""

    def __init__(self, *roles: str) -> None:
        self.roles = frozenset(roles)

    async def find_caller(self, tenant_id: TenantId, subject: str) -> Caller | None:
        return Caller(PersonId("p1"), None, frozenset(), self.roles) if tenant_id == TENANT else None


@dataclass
class Running:
    """A server under test, and the way to talk to it."""

    server: GrpcServer
    issuer: TestIssuer
    behaviour: Behaviour
    channel: grpc.aio.Channel

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    def metadata(self, **more: str) -> tuple[tuple[str, str], ...]:
        """A person's token, and further metadata with dashes written as underscores."""
        pairs = {"authorization": f"Bearer {self.issuer.token()}"}
        pairs |= {key.replace("_", "-"): value for key, value in more.items()}
        return tuple(pairs.items())

    def service_token(self, name: str = "pipeline") -> str:
        return f"Bearer {self.issuer.token(sub=f'service:{name}', tenant=None)}"


@asynccontextmanager
async def a_server(
    *roles: str, port: int = 0, issuer: TestIssuer | None = None, instead: object = None, **options: Any
) -> AsyncIterator[Running]:
    """A ready server with all servicers above, or one `instead`; stopped at the end."""
    issuer = issuer or TestIssuer("gateway", services=True)
    behaviour = Behaviour()
    authentication = Authentication(
        TokenVerifier([issuer.settings], http_of(issuer)), InMemoryPeople(*(roles or ("director",)))
    )
    kinds: tuple[Any, ...] = (Directories, Leads, Activities, Operations)
    usual = [kind(behaviour) for kind in kinds]
    servicers = usual if instead is None else [instead]
    server = GrpcServer(
        f"127.0.0.1:{port}", servicers=servicers, identity=authentication, authorizer=AUTHORIZER, **options
    )
    await server.start()
    await server.set_ready(True)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Running(server, issuer, behaviour, channel)
    await server.stop(0)


async def until(condition: Callable[[], bool]) -> None:
    """Gives way until the condition holds; the test's own timeout bounds it."""
    while not condition():  # noqa: ASYNC110  # conditions are of the code under test, which has no event for them
        await asyncio.sleep(0.002)
