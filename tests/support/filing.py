"""The pipeline and the gateway's routes of files, wired together on a real database and a folder as object store."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from chassis.authentication import Authentication
from chassis.channels import Channels
from chassis.files.object_store import ObjectStore
from chassis.identity import TokenVerifier
from chassis.ids import PersonId, TeamId, TenantId
from chassis.service_tokens import ServiceTokens
from chassis.timer_runner import TimerRunner
from gateway.adapters.grpc.file_owners import GrpcFileOwners
from gateway.adapters.grpc.upstream import GrpcUpstream
from gateway.adapters.http.app import application
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.front import Front
from gateway.adapters.http.rate_limits import RateLimits, Rates
from gateway.adapters.http.routes.files import file_routes
from gateway.adapters.http.transcoder import Transcoder
from gateway.domain.token_bucket import Rate
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import JsonMapper
from gateway.transcoding.routes import RouteTable
from pipeline.settings import Settings
from pipeline.wiring import build
from support.customer_master import a_customer_master
from support.served import Person, Served, served

if TYPE_CHECKING:
    from chassis.runtime import Runtime
    from support.databases import Database as ProvisionedDatabase
    from support.tokens import TokenIssuer

TENANT = TenantId("0190f3c4-0000-7000-8000-000000000001")
ANNA = PersonId("0190f3c4-0000-7000-8000-00000000000a")
BO = PersonId("0190f3c4-0000-7000-8000-00000000000b")
DORA = PersonId("0190f3c4-0000-7000-8000-00000000000d")
NORTH = TeamId("0190f3c4-0000-7000-8000-0000000000f1")
SOUTH = TeamId("0190f3c4-0000-7000-8000-0000000000f2")
PEOPLE = {
    "anna": Person(ANNA, ("rep",), NORTH),
    "bo": Person(BO, ("rep",), SOUTH),
    "dora": Person(DORA, ("director",), SOUTH),
}
_PLENTY = Rate(1000.0, 1000)


@dataclass(frozen=True)
class FilingDesk:
    """Sends and fetches files as the people of a company."""

    service: Served[Settings]
    http: httpx.AsyncClient
    objects: Path
    timers: TimerRunner

    def as_(self, subject: str) -> dict[str, str]:
        """The header by which somebody calls."""
        return {"authorization": f"Bearer {self.service.issuer.person(subject, TENANT)}"}

    async def call(self, method: str, path: str, subject: str = "anna", **body: Any) -> httpx.Response:
        """One call of the API."""
        return await self.http.request(method, path, json=body or None, headers=self.as_(subject))

    async def announce(self, size: int, subject: str = "anna", **fields: Any) -> dict[str, Any]:
        """Announces a file of so many bytes."""
        asked = {"name": "纪要.pdf", "kind": "interview_minutes", "size_bytes": str(size)} | fields
        answer = await self.call("POST", "/v1/files", subject, **asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def send(self, path: str, content: Any, subject: str = "anna", **headers: str) -> httpx.Response:
        """Sends bytes under a ticket."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.put(path, content=content, headers=self.as_(subject) | given)

    async def file(self, file_id: str, subject: str = "anna") -> dict[str, Any]:
        """The file as it stands."""
        found: dict[str, Any] = (await self.call("GET", f"/v1/files/{file_id}", subject)).json()["file"]
        return found

    async def filed(self, content: bytes, subject: str = "anna", **fields: Any) -> dict[str, Any]:
        """A file that was sent whole and checked."""
        announced = await self.announce(len(content), subject, **fields)
        assert (await self.send(announced["path"], content, subject)).status_code == 200
        await self.settle()
        return await self.file(announced["file"]["file_id"], subject)

    async def settle(self) -> None:
        """Runs deadlines until none is due."""
        for _ in range(20):
            if not await self.timers.run_due():
                return
        raise AssertionError("deadlines never ended")

    def kept(self) -> list[str]:
        """Names of the objects in the store, without their prefixes."""
        return sorted(path.relative_to(self.objects).as_posix() for path in self.objects.rglob("*") if path.is_file())


@asynccontextmanager
async def a_filing_desk(database: ProvisionedDatabase, issuer: TokenIssuer, objects: Path) -> AsyncIterator[FilingDesk]:
    """Serves both until the block ends."""
    async with (
        a_customer_master(owner_id=ANNA, team_id=NORTH) as master,
        served(
            Settings,
            build,
            database,
            issuer,
            tenant=TENANT,
            people=PEOPLE,
            peers=json.dumps({"lead-router": "127.0.0.1:1", "collab": master}),
            objects=objects,
        ) as service,
    ):
        timers = TimerRunner(service.runtime.database, {kind.name: kind for kind in service.service.timer_kinds})
        async with a_front(service.runtime, service.address) as http:
            yield FilingDesk(service, http, objects, timers)


@asynccontextmanager
async def a_front(runtime: Runtime[Settings], target: str) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway's routes before a pipeline, in this process.

    Args:
        runtime: of a pipeline on the same database and object store.
        target: `host:port` of the pipeline that is called.
    """
    settings = runtime.settings
    tokens = ServiceTokens(settings.token_url, "gateway", "secret", runtime.http)
    async with Channels({"pipeline": target}, tokens=tokens, forwards=True) as channels:
        verifier = TokenVerifier(settings.issuers, runtime.http)
        callers = Callers(Authentication(verifier, runtime.directory), runtime.authorizer)
        routes = file_routes(GrpcFileOwners(channels), ObjectStore.open(settings.objects_url), callers)
        table = RouteTable(Contracts.load(), JsonMapper())
        app = application(table, Transcoder(GrpcUpstream(channels)), [routes])
        front: Any = Front(app, verifier, RateLimits(Rates(_PLENTY, _PLENTY, _PLENTY)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(front), base_url="http://test") as http:
            yield http
