"""The service, and how people call it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import TextClause

from chassis.clock import BusinessClock
from chassis.ids import new_id
from chassis.proto_values import timestamp_of
from chassis.timer_runner import TimerRunner
from scoring.settings import Settings
from scoring.wiring import build
from support.events import deliver
from support.served import Person, Served, served
from throughline.scoring.v1 import funnel_service_pb2 as pb
from throughline.scoring.v1 import metric_pb2
from throughline.scoring.v1 import metric_service_pb2 as metric_pb
from throughline.scoring.v1 import water_line_service_pb2 as water_pb
from throughline.scoring.v1.funnel_service_pb2_grpc import FunnelServiceStub
from throughline.scoring.v1.metric_service_pb2_grpc import MetricServiceStub
from throughline.scoring.v1.water_line_service_pb2_grpc import WaterLineServiceStub

from ..builders import ANNA, BO, CHEN, NORTH, TENANT, Life, Sale, Telling, all_told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.databases import Database
    from support.tokens import TokenIssuer
    from throughline.scoring.v1.funnel_service_pb2_grpc import FunnelServiceAsyncStub
    from throughline.scoring.v1.metric_service_pb2_grpc import MetricServiceAsyncStub
    from throughline.scoring.v1.water_line_service_pb2_grpc import WaterLineServiceAsyncStub

SUPERVISOR, DIRECTOR = "01900000-0000-7000-8000-0000000000c9", "01900000-0000-7000-8000-0000000000ca"
PEOPLE = {
    "anna": Person(ANNA.person_id, ("rep",), NORTH, SUPERVISOR),
    "bo": Person(BO.person_id, ("rep",), NORTH, SUPERVISOR),
    "chen": Person(CHEN.person_id, ("rep",), CHEN.team_id),
    "sun": Person(SUPERVISOR, ("supervisor",), NORTH),
    "dir": Person(DIRECTOR, ("director",)),
    "mia": Person("01900000-0000-7000-8000-0000000000cc", ("marketing",)),
    "law": Person("01900000-0000-7000-8000-0000000000cb", ("legal",)),
}


class Desk:
    """Calls in short words."""

    def __init__(self, service: Served[Settings]) -> None:
        self.service = service
        self.issuer = service.issuer
        self.stub: FunnelServiceAsyncStub = FunnelServiceStub(service.channel)
        self.lines: WaterLineServiceAsyncStub = WaterLineServiceStub(service.channel)
        self.metrics: MetricServiceAsyncStub = MetricServiceStub(service.channel)

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Database, issuer: TokenIssuer) -> AsyncIterator[Self]:
        """The service on a database of its own."""
        async with served(Settings, build, database, issuer, tenant=TENANT, people=PEOPLE) as service:
            yield cls(service)

    def as_(self, subject: str) -> tuple[tuple[str, str], ...]:
        """What a person's calls carry."""
        return tuple(self.issuer.person_metadata(subject, TENANT))

    async def funnel(self, subject: str, **question: object) -> pb.GetFunnelResponse:
        request = pb.GetFunnelRequest(**question)  # type: ignore[arg-type]  # fields of the request by name
        return await self.stub.GetFunnel(request, metadata=self.as_(subject))

    async def figures(
        self,
        subject: str,
        code: str,
        group_by: pb.FunnelGrouping.ValueType = pb.FUNNEL_GROUPING_UNSPECIFIED,
        *,
        begin: datetime | None = None,
        end: datetime | None = None,
    ) -> metric_pb2.MetricFigures:
        request = metric_pb.GetMetricFiguresRequest(metric_code=code, group_by=group_by)
        for name, moment in (("from", begin), ("to", end)):
            if moment is not None:
                getattr(request, name).CopyFrom(timestamp_of(moment))
        return (await self.metrics.GetMetricFigures(request, metadata=self.as_(subject))).figures

    async def publish(self, code: str, version: int, **changes: Any) -> metric_pb.PublishMetricResponse:
        """A definition like the one of leads that become opportunities, but for the changes."""
        asked = metric_pb.GetMetricRequest(metric_code="lead_to_opportunity")
        shipped = await self.metrics.GetMetric(asked, metadata=self.as_("dir"))
        request = metric_pb.PublishMetricRequest(metric_code=code, version=version, request_id=new_id())
        request.document.CopyFrom(shipped.metric.document)
        request.document.update(changes)
        return await self.metrics.PublishMetric(request, metadata=self.as_("dir"))

    async def check(self, month: str = "") -> water_pb.CheckWaterLinesResponse:
        request = water_pb.CheckWaterLinesRequest(month=month)
        return await self.lines.CheckWaterLines(request, metadata=self.as_("dir"))

    async def alarms(self, subject: str, **wanted: Any) -> list[tuple[str, str, bool]]:
        """Metric, subject and whether it is open, of the alarms that somebody sees."""
        request = water_pb.ListWaterLineAlarmsRequest(**wanted)
        answer = await self.lines.ListWaterLineAlarms(request, metadata=self.as_(subject))
        return [(alarm.metric_code, alarm.subject_id, not alarm.HasField("recovered_at")) for alarm in answer.alarms]

    async def now(self) -> datetime:
        """Business time."""
        return (await BusinessClock(self.service.runtime.database, is_movable=True).read())[1]

    async def pass_time(self, span: timedelta) -> None:
        """Moves business time on and runs what is due then."""
        clock = BusinessClock(self.service.runtime.database, is_movable=True)
        offset, _ = await clock.read()
        await clock.move(offset + span, hold_timers=False)
        kinds = {kind.name: kind for kind in self.service.service.timer_kinds}
        runner = TimerRunner(self.service.runtime.database, kinds)
        while await runner.run_due():
            continue

    async def told(self, *lives: Life | Sale) -> None:
        await self.hear(*all_told(lives))

    async def hear(self, *tellings: Telling) -> None:
        warehouse = self.service.service.subscriptions[0]
        await deliver(self.service.runtime.database, warehouse, *(telling.record() for telling in tellings))

    async def count(self, question: TextClause) -> int:
        async with self.service.runtime.database.transaction(TENANT) as transaction:
            return int(await transaction.connection.scalar(question) or 0)
