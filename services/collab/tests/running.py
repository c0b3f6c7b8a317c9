"""The whole service in process: its wiring, a real gRPC server, real tokens; consumers and timers without a broker."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import grpc

from chassis.authentication import Authentication
from chassis.clock import BusinessClock
from chassis.database import Database
from chassis.directory import Directory
from chassis.error_mapping import from_rpc_error
from chassis.errors import ThroughlineError
from chassis.grpc_server import GrpcServer
from chassis.identity import TokenVerifier
from chassis.inbox import Record
from chassis.runtime import open_runtime
from chassis.service import Service
from chassis.timer_runner import TimerRunner
from collab.settings import Settings
from collab.wiring import build
from support import databases
from support.events import deliver, directory_subscription, outbox_records
from support.tokens import Metadata, TokenIssuer
from throughline.collab.v1 import calendar_service_pb2_grpc as calendar
from throughline.collab.v1 import contact_service_pb2_grpc as contact
from throughline.collab.v1 import converted_customer_service_pb2_grpc as converted
from throughline.collab.v1 import customer_merge_service_pb2_grpc as customer_merge
from throughline.collab.v1 import customer_service_pb2_grpc as customer
from throughline.collab.v1 import directory_service_pb2_grpc as directory
from throughline.collab.v1 import notification_service_pb2_grpc as notification
from throughline.collab.v1 import task_service_pb2_grpc as task
from throughline.collab.v1 import tenant_service_pb2 as tenant_pb
from throughline.collab.v1 import tenant_service_pb2_grpc as tenant
from throughline.collab.v1 import timeline_service_pb2_grpc as timeline
from throughline.collab.v1 import workbench_service_pb2_grpc as workbench

S = TypeVar("S")


@dataclass
class Running:
    """The service, and what a test does to it from outside."""

    database: Database
    service: Service
    issuer: TokenIssuer
    channel: grpc.aio.Channel
    heard: int = 0
    """Number of the service's last event that its read copy of the directory has been given."""

    def __post_init__(self) -> None:
        self.tenants: Any = tenant.TenantServiceStub(self.channel)
        self.directory: Any = directory.DirectoryServiceStub(self.channel)
        self.calendar: Any = calendar.CalendarServiceStub(self.channel)
        self.notifications: Any = notification.NotificationServiceStub(self.channel)
        self.customers: Any = customer.CustomerServiceStub(self.channel)
        self.merges: Any = customer_merge.CustomerMergeServiceStub(self.channel)
        self.timeline: Any = timeline.TimelineServiceStub(self.channel)
        self.tasks: Any = task.TaskServiceStub(self.channel)
        self.workbench: Any = workbench.WorkbenchServiceStub(self.channel)
        self.contacts: Any = contact.ContactServiceStub(self.channel)
        self.converted: Any = converted.ConvertedCustomerServiceStub(self.channel)

    async def a_tenant(self, **facts: str) -> TenantSite:
        """A tenant with its first administrator `chen.jing`, known to all."""
        usual = {"name": "衡岳医疗", "admin_subject": "chen.jing", "admin_name": "陈静"}
        request = tenant_pb.CreateTenantRequest(**{**usual, **facts})
        created = await self.tenants.CreateTenant(request, metadata=self.issuer.operator_metadata())
        await self.settle()
        return TenantSite(self, created.tenant.tenant_id, created.admin_id)

    async def settle(self) -> list[Record]:
        """Gives the service's own events to its read copy of the directory; returns those that are new."""
        new = await outbox_records(self.database, after=self.heard)
        await deliver(self.database, directory_subscription("collab"), *new)
        self.heard = max([self.heard, *(record.offset for record in new)])
        return new

    async def hear(self, *records: Record) -> None:
        """Gives events, of other services or its own, to the consumers."""
        for subscription in self.service.subscriptions:
            await deliver(self.database, subscription, *records)

    async def pass_time(self, span: timedelta) -> None:
        """Moves business time on and runs what is due then."""
        clock = BusinessClock(self.database, is_movable=True)
        offset, _ = await clock.read()
        await clock.move(offset + span, hold_timers=False)
        timers = TimerRunner(self.database, {kind.name: kind for kind in self.service.timer_kinds})
        while await timers.run_due():
            continue

    async def now(self) -> datetime:
        """Business time."""
        return (await BusinessClock(self.database, is_movable=True).read())[1]


@dataclass
class TenantSite:
    """One tenant of the running service."""

    running: Running
    tenant_id: str
    admin_id: str

    def by(self, subject: str, language: str = "") -> Metadata:
        """Metadata of a call of one of its people."""
        return self.running.issuer.person_metadata(subject, self.tenant_id, language=language)

    @property
    def by_admin(self) -> Metadata:
        """Metadata of a call of its first administrator."""
        return self.by("chen.jing")

    @property
    def by_service(self) -> Metadata:
        """Metadata of another service's call on its behalf."""
        return self.running.issuer.service_metadata("gateway", self.tenant_id)


@asynccontextmanager
async def run_service(
    addresses: databases.Database, issuer: TokenIssuer, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Running]:
    """Serves on a free port until the block ends."""
    environ = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": addresses.login_url,
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "GRPC_LISTEN": "127.0.0.1:0",
        "ISSUERS": issuer.setting,
        "CLIENT_ID": "collab",
        "CLIENT_SECRET": "secret",
        "TOKEN_URL": issuer.token_url,
        **(settings or {}),
    }
    loaded = Settings.load({f"COLLAB_{name}": value for name, value in environ.items()})
    async with open_runtime(loaded) as runtime:
        service = await build(runtime)
        # Its clock leaps at every look, so that no test waits for a copy to grow old.
        people = Directory(runtime.database, clock=partial(next, itertools.count(step=60.0)))
        server = GrpcServer(
            loaded.grpc_listen,
            servicers=service.servicers,
            identity=Authentication(TokenVerifier(loaded.issuers, runtime.http), people),
            authorizer=runtime.authorizer,
        )
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Running(runtime.database, service, issuer, channel)
        await server.stop(0)


async def refusal(call: Any) -> ThroughlineError:
    """The error with which a call is refused, as another service would see it."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error)
    raise AssertionError(f"the call was answered: {answer}")
