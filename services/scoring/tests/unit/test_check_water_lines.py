from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chassis.authorization import Authorizer
from chassis.context import Principal, RequestContext, bind
from chassis.ids import PersonId, TeamId
from scoring.adapters.kafka.facts import fact_of, told_by
from scoring.application.check_water_lines import CheckedMonth, WaterLineWatch
from scoring.application.metric_ports import PublishedMetric
from scoring.application.record_fact import RecordFact, RecordFactsHandler
from scoring.application.schedule_month_check import MONTH_CHECK_TIMER, MonthCheckHandler, MonthCheckScheduler
from scoring.domain.default_metrics import DEFAULT_METRICS
from scoring.domain.metric import Band
from scoring.domain.metric_document import dump
from scoring.domain.periods import Month
from scoring.domain.water_line import Subject, SubjectKind, WaterLineBreached, WaterLineRecovered

from ..builders import ANNA, MONDAY, TENANT, Life, Sale, a_life, a_sale, all_told
from ..in_memory import InMemoryUnitOfWork, InMemoryZones

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH = Month(2026, 3)
BOSS = PersonId("01900000-0000-7000-8000-0000000000c9")


class OneBoss:
    """Everybody answers to the same person."""

    async def managers_of(self, tenant_id: str, subject: Subject) -> Sequence[PersonId]:
        return [BOSS]

    async def team_of(self, tenant_id: str, person_id: str) -> TeamId | None:
        return ANNA.team_id


class Company:
    """A tenant whose first line alarms from two leads on."""

    def __init__(self) -> None:
        self.units = InMemoryUnitOfWork(MONDAY + timedelta(days=10))
        self.work = self.units.work
        zones = InMemoryZones(SHANGHAI)
        self.watch = WaterLineWatch(self.units, zones, OneBoss(), Authorizer.load("scoring"))
        self.schedule = MonthCheckScheduler(self.units, zones)
        self.month_ended = MonthCheckHandler(self.units, zones, self.watch)
        line = replace(DEFAULT_METRICS["lead_to_opportunity"], band=Band(healthy_from=350, alarm_below=300, minimum=2))
        self.work.metrics.published.append(PublishedMetric(line.code, 1, dump(line), MONDAY, "person:x", ""))

    async def hear(self, *lives: Life | Sale) -> None:
        record = RecordFactsHandler(self.units)
        for telling in all_told(lives):
            await record([RecordFact(fact_of(telling.event()), told_by(telling.event()))])

    async def check(self, month: Month | None = MARCH) -> CheckedMonth:
        with as_service():
            return await self.watch.check(month)

    def told(self, kind: type[object]) -> int:
        return sum(isinstance(fact, kind) for fact in self.work.outbox.facts)


def as_service() -> AbstractContextManager[object]:
    principal = Principal("service", "service:scoring", None, frozenset({"service"}))
    return bind(RequestContext(principal, TENANT, method="test"))


async def test_too_little_data_raises_nothing() -> None:
    company = Company()
    await company.hear(a_life().assign(ANNA))

    assert not (await company.check()).raised


async def test_an_alarm_that_is_over_is_not_raised_again_in_its_month() -> None:
    company = Company()
    first, second = a_life().assign(ANNA), a_life().assign(ANNA)
    await company.hear(first, second)
    await company.check()
    await company.hear(a_sale(owner=ANNA, lead_id=first.lead_id))
    await company.check()

    await company.hear(*(a_life().assign(ANNA) for _ in range(5)))
    again = await company.check()

    assert (company.told(WaterLineBreached), company.told(WaterLineRecovered)) == (3, 3)
    assert not again.raised


async def test_a_later_month_ends_the_alarm_of_an_earlier_one() -> None:
    company = Company()
    await company.hear(a_life().assign(ANNA), a_life().assign(ANNA))
    await company.check()
    april = datetime(2026, 4, 8, tzinfo=SHANGHAI)
    leads = [a_life(at=april).assign(ANNA) for _ in range(2)]
    company.work.now = april + timedelta(days=10)
    await company.hear(*leads, a_sale(owner=ANNA, lead_id=leads[0].lead_id, at=april))

    checked = await company.check(Month(2026, 4))

    assert {alarm.month for alarm in checked.recovered} == {MARCH}
    assert {alarm.recovery.month for alarm in checked.recovered if alarm.recovery} == {Month(2026, 4)}
    assert {alarm.subject.kind for alarm in checked.recovered} == set(SubjectKind)


async def test_each_month_has_a_deadline_of_its_own_two_hours_after_its_end() -> None:
    company = Company()

    with as_service():
        await company.schedule()
        await company.month_ended(MARCH)

    assert company.work.timers.due == {
        (MONTH_CHECK_TIMER, "2026-03"): datetime(2026, 4, 1, 2, tzinfo=SHANGHAI),
        (MONTH_CHECK_TIMER, "2026-04"): datetime(2026, 5, 1, 2, tzinfo=SHANGHAI),
    }
