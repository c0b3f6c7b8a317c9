"""A gateway before a real gRPC server whose LeadService does what a test tells it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc.jwk import ECKey

from chassis.authentication import Authentication
from chassis.authorization import Authorizer
from chassis.channels import Channels
from chassis.context import RequestContext, current
from chassis.directory import Caller
from chassis.grpc_server import GrpcServer
from chassis.identity import TokenVerifier
from chassis.ids import PersonId, TenantId, new_id
from chassis.service_tokens import ServiceTokens
from chassis.settings import Issuer
from chassis.validation import validate
from gateway.adapters.grpc.upstream import GrpcUpstream
from gateway.adapters.http.app import application
from gateway.adapters.http.front import Front
from gateway.adapters.http.rate_limits import RateLimits, Rates
from gateway.adapters.http.transcoder import BodyLimits, Transcoder
from gateway.domain.token_bucket import Rate
from gateway.issuer.issuer import BuiltInIssuer
from gateway.issuer.signing_key import SigningKey
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import JsonMapper
from gateway.transcoding.routes import RouteTable
from throughline.lead_router.v1 import lead_pb2, lead_service_pb2_grpc
from throughline.lead_router.v1 import lead_service_pb2 as leads
from throughline.operations.v1 import operations_pb2, operations_pb2_grpc
from throughline.scoring.v1 import model_service_pb2, model_service_pb2_grpc

from .asgi import Client

TENANT = TenantId(new_id())
SECRET = "for-tests"
PICTURE = b"\x89PNG\r\n\x1a\n and so on"
CLIENTS = ("gateway", "lead-router", "operator")
TABLE = RouteTable(Contracts.load(), JsonMapper())
PLENTY = Rate(1000.0, 1000)


class LeadsDouble(lead_service_pb2_grpc.LeadServiceServicer):
    """Answers with what a test has put into it, and remembers who asked."""

    def __init__(self) -> None:
        self.lead = lead_pb2.Lead(lead_id=new_id(), version=3, state=lead_pb2.LEAD_STATE_ASSIGNED)
        self.error: Exception | None = None
        self.seen: list[tuple[RequestContext, Any]] = []
        self.heat: asyncio.Queue[leads.WatchLeadHeatResponse | Exception] = asyncio.Queue()
        self.has_left = asyncio.Event()

    def _note(self, request: Any) -> None:
        self.seen.append((current(), request))
        if self.error is not None:
            raise self.error

    async def SubmitLead(self, request: Any, context: Any) -> leads.SubmitLeadResponse:  # noqa: N802
        self._note(request)
        return leads.SubmitLeadResponse(outcome=leads.SUBMISSION_OUTCOME_CREATED, lead=self.lead)

    async def GetLead(self, request: Any, context: Any) -> leads.GetLeadResponse:  # noqa: N802
        self._note(request)
        return leads.GetLeadResponse(lead=self.lead)

    async def ListLeads(self, request: Any, context: Any) -> leads.ListLeadsResponse:  # noqa: N802
        self._note(request)
        return leads.ListLeadsResponse(leads=[self.lead], next_page_token="" if request.page_token else "t=2&x")

    async def OverrideAssignment(self, request: Any, context: Any) -> leads.OverrideAssignmentResponse:  # noqa: N802
        self._note(request)
        return leads.OverrideAssignmentResponse(lead=self.lead)

    async def SubmitLeads(self, request_iterator: Any, context: Any) -> leads.SubmitLeadsResponse:  # noqa: N802
        self._note(None)
        answer = leads.SubmitLeadsResponse()
        async for request in request_iterator:
            validate(request)
            self._note(request)
            answer.created += 1
        return answer

    async def WatchLeadHeat(self, request: Any, context: Any) -> AsyncIterator[leads.WatchLeadHeatResponse]:  # noqa: N802
        self._note(request)
        try:
            while True:
                step = await self.heat.get()
                if isinstance(step, Exception):
                    raise step
                yield step
        finally:
            self.has_left.set()


class OperationsDouble(operations_pb2_grpc.OperationsServiceServicer):
    """Says that it is at rest."""

    async def GetQuiescence(self, request: Any, context: Any) -> operations_pb2.GetQuiescenceResponse:  # noqa: N802
        return operations_pb2.GetQuiescenceResponse(progress=2**60)


class ModelsDouble(model_service_pb2_grpc.ModelServiceServicer):
    """Has a picture of every model."""

    async def GetModelReportChart(  # noqa: N802
        self, request: Any, context: Any
    ) -> model_service_pb2.GetModelReportChartResponse:
        return model_service_pb2.GetModelReportChartResponse(content=PICTURE)


def _made(servicer: Any) -> Any:
    """The stubs call a servicer abstract that leaves methods out; gRPC answers those with UNIMPLEMENTED."""
    return servicer()


class Everybody:
    """Every subject is one person with the same roles."""

    def __init__(self, *roles: str) -> None:
        self.roles = frozenset(roles)

    async def find_caller(self, tenant_id: TenantId, subject: str) -> Caller | None:
        return Caller(PersonId("p1"), None, frozenset(), self.roles)


@dataclass
class SuiteDouble:
    """What a test talks to."""

    leads: LeadsDouble
    issuer: BuiltInIssuer
    verifier: TokenVerifier
    channels: Channels
    router: GrpcServer
    client: Client = field(init=False)

    def serve(self, *, rates: Rates | None = None, body_limits: BodyLimits | None = None, **options: Any) -> Client:
        """A gateway with other limits, and a client of it with a person's token."""
        transcoder = Transcoder(GrpcUpstream(self.channels, **options), body_limits)
        limits = RateLimits(rates or Rates(PLENTY, PLENTY, PLENTY))
        front = Front(application(TABLE, transcoder, []), self.verifier, limits)
        return Client(front, {"authorization": f"Bearer {self.token()}"})

    def token(self, subject: str = "u-1", tenant_id: str = TENANT) -> str:
        return self.issuer.for_person("operator", SECRET, tenant_id, subject)


def an_issuer() -> BuiltInIssuer:
    """An issuer with a key of its own, whose clients share one secret."""
    key = SigningKey.of(ECKey.generate_key("P-256", private=True))
    return BuiltInIssuer("https://gateway.example/issuer", key, dict.fromkeys(CLIENTS, SECRET))


def http_of(issuer: BuiltInIssuer) -> httpx.AsyncClient:
    """A client to which the issuer answers without a network."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"access_token": issuer.for_client("gateway", SECRET), "expires_in": 3600})
        return httpx.Response(200, json=issuer.key.public_set)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


@asynccontextmanager
async def a_suite(*roles: str) -> AsyncIterator[SuiteDouble]:
    """A lead router on a free port and a gateway before it; everybody has the roles, `director` unless said."""
    issuer = an_issuer()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_of(issuer))
        trusted = Issuer(issuer=issuer.url, jwks_url=f"{issuer.url}/jwks.json", services=True)
        verifier = TokenVerifier([trusted], http)
        double = _made(LeadsDouble)
        server = GrpcServer(
            "127.0.0.1:0",
            servicers=[double, _made(OperationsDouble), _made(ModelsDouble)],
            identity=Authentication(verifier, Everybody(*(roles or ("director",)))),
            authorizer=Authorizer.load(),
        )
        await server.start()
        await server.set_ready(True)
        stack.push_async_callback(server.stop, 0)
        tokens = ServiceTokens(f"{issuer.url}/token", "gateway", SECRET, http)
        peers = dict.fromkeys(("lead-router", "scoring"), f"127.0.0.1:{server.port}")
        channels = await stack.enter_async_context(Channels(peers, tokens=tokens, forwards=True))
        suite = SuiteDouble(double, issuer, verifier, channels, server)
        suite.client = suite.serve()
        yield suite
