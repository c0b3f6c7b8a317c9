"""One service served for real: its own wiring on a real database, its real gRPC server, real tokens; no broker.

```python
async with served(Settings, build, database, token_issuer, people={"anna": Person(...)}) as service:
    stub = ActivityServiceStub(service.channel)
    await stub.GetFollowUp(request, metadata=service.issuer.person_metadata("anna", TENANT))
```
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Generic, TypeVar

import grpc
from google.protobuf.message import Message

from chassis.authentication import Authentication
from chassis.grpc_server import GrpcServer
from chassis.identity import TokenVerifier
from chassis.record_servicer import RecordServicer
from chassis.runtime import Runtime, open_runtime
from chassis.service import Service
from chassis.settings import ServiceSettings
from support.events import an_event, deliver, directory_subscription
from throughline.collab.v1 import events_pb2 as directory_events

if TYPE_CHECKING:
    from support.databases import Database
    from support.tokens import TokenIssuer

S = TypeVar("S", bound=ServiceSettings)
_NO_OBJECTS = Path(gettempdir()) / "throughline-no-objects"
"""Stays empty: for services whose test sends no files."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the directory."""

    person_id: str
    roles: tuple[str, ...]
    team_id: str = ""
    supervisor_id: str = ""


@dataclass(frozen=True, slots=True)
class Served(Generic[S]):
    """The running service and how to call it."""

    runtime: Runtime[S]
    service: Service
    channel: grpc.aio.Channel
    issuer: TokenIssuer
    address: str
    """`host:port` of its gRPC server."""


@asynccontextmanager
async def served(
    settings_type: type[S],
    build: Callable[[Runtime[S]], Awaitable[Service]],
    database: Database,
    issuer: TokenIssuer,
    *,
    tenant: str,
    people: Mapping[str, Person],
    peers: str = "{}",
    objects: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Served[S]]:
    """Serves it until the block ends.

    Args:
        tenant: the tenant whose directory is filled.
        people: by subject.
        peers: the setting PEERS, for services that call others.
        objects: folder of the object store, for tests that send files.
        settings: more of them, by name without the service's prefix.
    """
    more = {"PEERS": peers, "OBJECTS_URL": (objects or _NO_OBJECTS).as_uri(), **(settings or {})}
    loaded = settings_type.load(_environment(settings_type, database, issuer, more))
    async with open_runtime(loaded) as runtime:
        await _fill_directory(runtime, tenant, people)
        service = await build(runtime)
        server = GrpcServer(
            loaded.grpc_listen,
            servicers=[*service.servicers, RecordServicer(runtime.database, service)],
            identity=Authentication(TokenVerifier(loaded.issuers, runtime.http), runtime.directory),
            authorizer=runtime.authorizer,
        )
        await server.start()
        await server.set_ready(True)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Served(runtime, service, channel, issuer, f"127.0.0.1:{server.port}")
        await server.stop(0)


def _environment(
    settings_type: type[ServiceSettings], database: Database, issuer: TokenIssuer, more: Mapping[str, str]
) -> dict[str, str]:
    prefix = settings_type.model_config.get("env_prefix", "")
    values = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": database.login_url,
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "GRPC_LISTEN": "127.0.0.1:0",
        "ISSUERS": issuer.setting,
        "CLIENT_ID": prefix.lower().rstrip("_"),
        "CLIENT_SECRET": "secret",
        "TOKEN_URL": issuer.token_url,
        "FILE_TICKET_KEY": "a key that only tests know, long enough",
        **more,
    }
    return {f"{prefix}{name}": value for name, value in values.items()}


async def _fill_directory(runtime: Runtime[S], tenant: str, people: Mapping[str, Person]) -> None:
    known = directory_events.TenantChanged(tenant_id=tenant, zone="Asia/Shanghai", currency="CNY", is_active=True)
    facts: list[tuple[str, str, Message]] = [("tenant", tenant, known)]
    teams = sorted({person.team_id for person in people.values() if person.team_id})
    facts += [("team", team, directory_events.TeamChanged(team_id=team, kind="sales")) for team in teams]
    facts += [
        (
            "person",
            person.person_id,
            directory_events.PersonChanged(
                person_id=person.person_id,
                subject=subject,
                team_id=person.team_id,
                supervisor_id=person.supervisor_id,
                roles=person.roles,
                is_active=True,
            ),
        )
        for subject, person in people.items()
    ]
    records = [an_event(fact, tenant, aggregate_id=key, aggregate=kind) for kind, key, fact in facts]
    await deliver(runtime.database, directory_subscription(runtime.settings.service), *records)
