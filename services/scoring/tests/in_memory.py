"""The ports in memory, as plainly as they can be said: what is known is what was told before."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from chassis.authorization import Resource, Scope
from scoring.domain.fact import Fact
from scoring.domain.funnel import FunnelQuestion, FunnelRow, Grouping
from scoring.domain.ids import LeadId
from scoring.domain.lead_progress import (
    AlarmKind,
    ConversionKind,
    JoinedSubmission,
    LeadProgress,
    Ownership,
    Step,
    UndoneJoin,
)
from scoring.domain.opportunity_progress import WITHDRAWN, OpportunityProgress

NOBODY = Ownership(None, None)


class InMemoryWarehouse:
    """Facts by their id."""

    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}

    async def add(self, fact: Fact) -> bool:
        is_new = fact.event_id not in self.facts
        self.facts.setdefault(fact.event_id, fact)
        return is_new


class InMemoryLeadFunnels:
    """Keeps everything that was told and thinks only when asked."""

    def __init__(self) -> None:
        self.told: list[LeadProgress] = []
        self.told_of_opportunities: list[OpportunityProgress] = []

    async def note(self, told: LeadProgress) -> None:
        self.told.append(told)

    async def note_opportunity(self, told: OpportunityProgress) -> None:
        self.told_of_opportunities.append(told)

    async def count(self, question: FunnelQuestion, scope: Scope, zone: ZoneInfo, now: datetime) -> Sequence[FunnelRow]:
        known = [told for told in self.told if question.known_at is None or told.recorded_at < question.known_at]
        sales = [
            told
            for told in self.told_of_opportunities
            if question.known_at is None or told.recorded_at < question.known_at
        ]
        counts: dict[str, Counter[str]] = {}
        steps = [
            *_steps_by_group(known, question, scope, zone, now),
            *_opportunities_by_group(sales, _sources(known), question, scope, (zone, now)),
        ]
        for group, names in steps:
            counts.setdefault(group, Counter()).update(names)
        return [FunnelRow(group, **count) for group, count in counts.items()]


def _steps_by_group(
    known: list[LeadProgress], question: FunnelQuestion, scope: Scope, zone: ZoneInfo, now: datetime
) -> Iterable[tuple[str, list[str]]]:
    joins = _joins(known)
    for lead_id in {told.lead_id for told in known} - set(joins):
        of_lead = [told for told in known if told.lead_id == lead_id]
        received = [told for told in of_lead if Step.RECEIVED in told.reached]
        if received and _holds(question, received[0].reached[Step.RECEIVED], now):
            owner = _owner(of_lead)
            if _sees(scope, owner):
                at, source = received[0].reached[Step.RECEIVED], received[0].source
                yield _group(question, zone, owner, source, at), _reached(of_lead)
    for lead_id, joined in joins.values():
        owner = _owner([told for told in known if told.lead_id == lead_id])
        if _holds(question, joined.joined_at, now) and _sees(scope, owner):
            yield _group(question, zone, owner, joined.source, joined.joined_at), ["joined"]


def _opportunities_by_group(
    sales: list[OpportunityProgress],
    sources: dict[LeadId | None, str | None],
    question: FunnelQuestion,
    scope: Scope,
    zone_and_now: tuple[ZoneInfo, datetime],
) -> Iterable[tuple[str, list[str]]]:
    zone, now = zone_and_now
    for opportunity_id in {told.opportunity_id for told in sales}:
        of_one = [told for told in sales if told.opportunity_id == opportunity_id]
        newest = max(of_one, key=lambda told: told.version)
        owner = Ownership(newest.owner_id, newest.team_id)
        if _holds(question, newest.created_at, now) and _sees(scope, owner):
            source = sources.get(newest.lead_id)
            if newest.state == WITHDRAWN:
                continue
            became = {"won": ["opportunities_won"], "lost": ["opportunities_lost"]}.get(newest.state, [])
            yield _group(question, zone, owner, source, newest.created_at), ["opportunities_created", *became]


def _sources(known: list[LeadProgress]) -> dict[LeadId | None, str | None]:
    """Of each lead that was received."""
    return {told.lead_id: told.source for told in known if Step.RECEIVED in told.reached}


def _joins(known: list[LeadProgress]) -> dict[str, tuple[LeadId, JoinedSubmission]]:
    """By submission; where two tell of one, the earlier is believed."""
    undone = {told.joined.submission_id for told in known if isinstance(told.joined, UndoneJoin)}
    joins: dict[str, tuple[LeadId, JoinedSubmission]] = {}
    for told in sorted(known, key=lambda told: (told.recorded_at, told.lead_id)):
        if isinstance(told.joined, JoinedSubmission) and told.joined.submission_id not in undone:
            joins.setdefault(told.joined.submission_id, (told.lead_id, told.joined))
    return joins


def _owner(of_lead: list[LeadProgress]) -> Ownership:
    told = [told for told in of_lead if told.ownership]
    newest = max(told, key=lambda told: told.version, default=None)
    return newest.ownership or NOBODY if newest else NOBODY


def _reached(of_lead: list[LeadProgress]) -> list[str]:
    steps = {str(step) for told in of_lead for step in told.reached}
    withdrawals = [told for told in of_lead if told.alarm and told.alarm.kind is AlarmKind.WITHDRAWN]
    for silence in (told for told in of_lead if told.alarm and told.alarm.kind is AlarmKind.SILENT):
        if not any(_withdraws(withdrawal, silence) for withdrawal in withdrawals):
            steps.add("silent")
    told = [told for told in of_lead if told.conversion is not None]
    newest = max(told, key=lambda told: told.version, default=None)
    if newest and newest.conversion and newest.conversion.kind is ConversionKind.CONVERTED:
        steps.add("converted")
    return sorted(steps)


def _withdraws(withdrawal: LeadProgress, silence: LeadProgress) -> bool:
    if withdrawal.alarm is None or silence.alarm is None:
        return False
    return withdrawal.version > silence.version and withdrawal.alarm.at <= silence.alarm.at


def _sees(scope: Scope, owner: Ownership) -> bool:
    return scope.includes(Resource(owner.owner_id, owner.team_id))


def _holds(question: FunnelQuestion, at: datetime, now: datetime) -> bool:
    return (question.received_from is None or at >= question.received_from) and at < (question.received_before or now)


def _group(question: FunnelQuestion, zone: ZoneInfo, owner: Ownership, source: str | None, at: datetime) -> str:
    values = {
        Grouping.NOTHING: "",
        Grouping.REP: owner.owner_id,
        Grouping.TEAM: owner.team_id,
        Grouping.SOURCE: source,
        Grouping.DAY: at.astimezone(zone).date().isoformat(),
    }
    return values[question.group_by] or ""


class InMemoryWork:
    """One transaction; there is nothing to roll back."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.warehouse = InMemoryWarehouse()
        self.funnels = InMemoryLeadFunnels()


class InMemoryUnitOfWork:
    """Always the same work."""

    def __init__(self, now: datetime) -> None:
        self.work = InMemoryWork(now)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[InMemoryWork]:
        yield self.work


class InMemoryZones:
    """Every tenant lives in one zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    async def zone(self, tenant_id: str) -> ZoneInfo:
        return self._zone
