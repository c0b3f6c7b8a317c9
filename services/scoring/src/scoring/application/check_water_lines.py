"""Check the water lines 过程水位线 of a month: raise alarms, and end those that are over."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer, Scope
from chassis.errors import Invalid, Unauthenticated, Violation
from chassis.ids import TeamId, new_id
from chassis.pages import Cursor
from scoring.application.count_funnel import FUNNEL
from scoring.application.metrics import active_metrics
from scoring.application.ports import TenantZones, UnitOfWork, Viewpoint, Work
from scoring.application.reckon_metrics import metric_tables, water_lines
from scoring.application.water_line_ports import AlarmFilter, Company
from scoring.domain.funnel import FunnelQuestion
from scoring.domain.ids import AlarmId
from scoring.domain.metric import Reckoned, Verdict
from scoring.domain.periods import Month
from scoring.domain.water_line import (
    Recovery,
    Subject,
    SubjectKind,
    WaterLineAlarm,
    WaterLineBreached,
    WaterLineRecovered,
)

_OVER = (Verdict.LOW, Verdict.HEALTHY, Verdict.HIGH)


@dataclass(frozen=True, slots=True)
class CheckedMonth:
    """What a check came to."""

    month: Month
    raised: Sequence[WaterLineAlarm]
    recovered: Sequence[WaterLineAlarm]


@dataclass(frozen=True, slots=True)
class WaterLineWatch:
    """Checks months and shows alarms."""

    unit_of_work: UnitOfWork
    zones: TenantZones
    company: Company
    authorizer: Authorizer

    async def check(self, month: Month | None) -> CheckedMonth:
        """Checks the tenant, each team and each rep over the month, or over this month so far.

        Checking again raises nothing twice: an alarm is raised once for a metric, a subject and a month.

        Raises:
            Invalid: the month has not begun.
        """
        tenant_id = _tenant()
        zone = await self.zones.zone(tenant_id)
        async with self.unit_of_work.begin() as work:
            await work.alarms.hold()
            present = Month.of(work.now, zone)
            wanted = month or present
            if wanted > present:
                raise Invalid([Violation("month", "month.future", f"the present month is {present}")])
            view = Viewpoint(Scope("all"), zone, work.now)
            found = await _reckon(work, wanted, view)
            raised = await self._raise(work, tenant_id, wanted, found)
            recovered = await self._recover(work, tenant_id, wanted, found)
            return await work.answer(CheckedMonth(wanted, raised, recovered))

    async def page(self, wanted: AlarmFilter, after: Cursor | None, size: int) -> Sequence[WaterLineAlarm]:
        """Alarms that the caller may see, newest first, after the cursor, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.alarms.page(wanted, self.authorizer.scope(FUNNEL), after, size)

    async def _raise(
        self, work: Work, tenant_id: str, month: Month, found: Sequence[tuple[Subject, Reckoned]]
    ) -> Sequence[WaterLineAlarm]:
        known = {(alarm.metric_code, alarm.subject) for alarm in await work.alarms.of_month(month)}
        raised = []
        for subject, reckoned in found:
            metric = reckoned.metric
            if reckoned.verdict is Verdict.ALARM and (metric.code, subject) not in known:
                team_id = await self._team_of(tenant_id, subject)
                alarm = WaterLineAlarm.raised(
                    AlarmId(new_id()), subject, reckoned, team_id=team_id, month=month, at=work.now
                )
                await work.alarms.save(alarm)
                managers = tuple(await self.company.managers_of(tenant_id, subject))
                work.outbox.append(WaterLineBreached(alarm, metric, managers))
                _audit(work, "water_line.breach", alarm)
                raised.append(alarm)
        return raised

    async def _recover(
        self, work: Work, tenant_id: str, month: Month, found: Sequence[tuple[Subject, Reckoned]]
    ) -> Sequence[WaterLineAlarm]:
        over = {(reckoned.metric.code, subject): reckoned for subject, reckoned in found if reckoned.verdict in _OVER}
        recovered = []
        for alarm in await work.alarms.open_until(month):
            reckoned = over.get((alarm.metric_code, alarm.subject))
            if reckoned is not None and reckoned.value is not None:
                after = alarm.recovered(Recovery(work.now, month, reckoned.value))
                await work.alarms.save(after)
                managers = tuple(await self.company.managers_of(tenant_id, alarm.subject))
                work.outbox.append(WaterLineRecovered(after, reckoned.metric, managers))
                _audit(work, "water_line.recover", after)
                recovered.append(after)
        return recovered

    async def _team_of(self, tenant_id: str, subject: Subject) -> TeamId | None:
        match subject.kind:
            case SubjectKind.TEAM:
                return TeamId(subject.id)
            case SubjectKind.REP:
                return await self.company.team_of(tenant_id, subject.id)
            case _:
                return None


async def _reckon(work: Work, month: Month, view: Viewpoint) -> Sequence[tuple[Subject, Reckoned]]:
    lines = water_lines(await active_metrics(work))
    found: list[tuple[Subject, Reckoned]] = []
    begin, end = month.begins_at(view.zone), min(month.next().begins_at(view.zone), view.now)
    for kind in SubjectKind:
        question = FunnelQuestion(kind.grouping, received_from=begin, received_before=end)
        for table in await metric_tables(work, lines, question, view) if lines else []:
            if kind is SubjectKind.TENANT:
                found.append((Subject(kind), table.total))
            else:
                found += [(Subject(kind, group), reckoned) for group, reckoned in table.rows if group]
    return found


def _audit(work: Work, action: str, alarm: WaterLineAlarm) -> None:
    recovery = alarm.recovery
    work.audit.record(
        action=action,
        resource=f"water-line-alarms/{alarm.id}",
        before={},
        after={
            "metric_code": alarm.metric_code,
            "metric_version": alarm.metric_version,
            "subject": f"{alarm.subject.kind}/{alarm.subject.id}",
            "month": str(alarm.month),
            "value": recovery.value if recovery else alarm.value,
        },
    )


def _tenant() -> str:
    tenant_id = context.current().tenant_id
    if tenant_id is None:
        raise Unauthenticated("the call names no tenant")
    return tenant_id
