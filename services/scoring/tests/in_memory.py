"""The ports in memory, as plainly as they can be said: what is known is what was told before."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, cast
from zoneinfo import ZoneInfo

from chassis.audit import AuditTrail
from chassis.authorization import Resource, Scope
from chassis.pages import Cursor
from chassis.timers import Payload
from scoring.application.metric_ports import PublishedMetric
from scoring.application.ports import ToldFact, Viewpoint
from scoring.application.water_line_ports import AlarmFilter
from scoring.domain.customer_progress import CustomerProgress, CustomerRow
from scoring.domain.fact import Fact
from scoring.domain.funnel import FunnelQuestion, FunnelRow, Grouping
from scoring.domain.funnel_cell import FunnelCell, FunnelLead, FunnelOpportunity
from scoring.domain.ids import EventId, LeadId, SubmissionId
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
from scoring.domain.periods import Month
from scoring.domain.water_line import WaterLineAlarm

from .builders import TENANT

R = TypeVar("R")
NOBODY = Ownership(None, None)
Counted: TypeAlias = FunnelLead | FunnelOpportunity


class InMemoryWarehouse:
    """Facts by their id."""

    def __init__(self) -> None:
        self.facts: dict[EventId, Fact] = {}

    async def add(self, facts: Sequence[Fact]) -> AbstractSet[EventId]:
        added = {fact.event_id: fact for fact in facts if fact.event_id not in self.facts}
        self.facts |= added
        return added.keys()


class InMemoryLeadFunnels:
    """Keeps everything that was told and thinks only when asked."""

    def __init__(self) -> None:
        self.told: list[LeadProgress] = []
        self.told_of_opportunities: list[OpportunityProgress] = []

    async def note(self, told: Sequence[LeadProgress]) -> None:
        self.told += told

    async def note_opportunities(self, told: Sequence[OpportunityProgress]) -> None:
        self.told_of_opportunities += told

    async def count(self, question: FunnelQuestion, view: Viewpoint) -> Sequence[FunnelRow]:
        counts: dict[tuple[str, ...], Counter[str]] = {}
        for counted, figures in self._counted(question, view):
            counts.setdefault(_groups(question, view, counted), Counter()).update(figures)
        return [FunnelRow(group[0], then=group[1:], **count) for group, count in counts.items()]

    async def leads(self, cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int) -> Sequence[FunnelLead]:
        return [it for it in self._listed(cell, view, after, size) if isinstance(it, FunnelLead)]

    async def opportunities(
        self, cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int
    ) -> Sequence[FunnelOpportunity]:
        return [it for it in self._listed(cell, view, after, size) if isinstance(it, FunnelOpportunity)]

    def _listed(self, cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int) -> Sequence[Counted]:
        found = [
            counted
            for counted, figures in self._counted(cell.question, view)
            if cell.figure in figures and _groups(cell.question, view, counted) == cell.groups
        ]
        found.sort(key=lambda counted: (counted.at, counted.id), reverse=True)
        behind = [it for it in found if after is None or (it.at, it.id) < (after.moment, after.id)]
        return behind[:size]

    def _counted(self, question: FunnelQuestion, view: Viewpoint) -> Iterator[tuple[Counted, list[str]]]:
        def is_known(told: LeadProgress | OpportunityProgress) -> bool:
            return question.known_at is None or told.recorded_at < question.known_at

        known = [told for told in self.told if is_known(told)]
        sales = [told for told in self.told_of_opportunities if is_known(told)]
        standing = [sale for sale, _ in _opportunities(sales, {})]
        origins = {sale.lead_id for sale in standing}
        for lead, figures in (*_leads(known), *_submissions(known)):
            if _holds(question, lead.at, view.now) and _sees(view, lead):
                yield lead, [*figures, *(["with_opportunity"] if "received" in figures and lead.id in origins else [])]
        leads = {lead.lead_id: lead for lead, _ in _received(known)}
        for sale, figures in _opportunities(sales, leads):
            if _holds(question, sale.at, view.now) and _sees(view, sale):
                yield sale, figures


def _received(known: list[LeadProgress]) -> Iterator[tuple[FunnelLead, list[str]]]:
    """Of every lead that was received, whatever became of it."""
    for lead_id in {told.lead_id for told in known}:
        of_lead = [told for told in known if told.lead_id == lead_id]
        moments = [told.reached[Step.RECEIVED] for told in of_lead if Step.RECEIVED in told.reached]
        if moments:
            owner = _owner(of_lead)
            profile = {
                name: next((value for told in of_lead if (value := getattr(told, name))), None)
                for name in ("source", "product_line", "region", "industry")
            }
            lead = FunnelLead(lead_id, min(moments), owner_id=owner.owner_id, team_id=owner.team_id, **profile)
            yield lead, _reached(of_lead)


def _leads(known: list[LeadProgress]) -> Iterator[tuple[FunnelLead, list[str]]]:
    joins = _joins(known)
    yield from ((lead, figures) for lead, figures in _received(known) if lead.lead_id not in joins)


def _submissions(known: list[LeadProgress]) -> Iterator[tuple[FunnelLead, list[str]]]:
    for submission_id, (lead_id, joined) in _joins(known).items():
        owner = _owner([told for told in known if told.lead_id == lead_id])
        submission = SubmissionId(submission_id)
        yield (
            FunnelLead(
                lead_id, joined.joined_at, submission, owner.owner_id, owner.team_id, source=joined.source or None
            ),
            ["joined"],
        )


def _opportunities(
    sales: list[OpportunityProgress], leads: dict[LeadId, FunnelLead]
) -> Iterator[tuple[FunnelOpportunity, list[str]]]:
    for opportunity_id in {told.opportunity_id for told in sales}:
        newest = max((told for told in sales if told.opportunity_id == opportunity_id), key=lambda told: told.version)
        if newest.state == WITHDRAWN:
            continue
        origin = leads.get(newest.lead_id) if newest.lead_id else None
        opportunity = FunnelOpportunity(
            opportunity_id,
            newest.created_at,
            newest.owner_id,
            newest.state,
            newest.team_id,
            newest.lead_id,
            source=origin.source if origin else None,
            product_line=newest.product_line,
            region=origin.region if origin else None,
            industry=origin.industry if origin else None,
            stage=newest.stage,
        )
        became = [f"opportunities_{newest.state}"] if newest.state != "open" else []
        yield opportunity, ["opportunities_created", *became]
        if newest.decided_at is not None:
            yield replace(opportunity, at=newest.decided_at), [f"decided_{newest.state}"]


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


def _sees(view: Viewpoint, counted: Counted) -> bool:
    return view.scope.includes(Resource(counted.owner_id, counted.team_id))


def _holds(question: FunnelQuestion, at: datetime, now: datetime) -> bool:
    return (question.received_from is None or at >= question.received_from) and at < (question.received_before or now)


def _groups(question: FunnelQuestion, view: Viewpoint, counted: Counted) -> tuple[str, ...]:
    day = counted.at.astimezone(view.zone).date()
    year, week, _ = day.isocalendar()
    values = {
        Grouping.NOTHING: "",
        Grouping.REP: counted.owner_id,
        Grouping.TEAM: counted.team_id,
        Grouping.SOURCE: counted.source,
        Grouping.DAY: day.isoformat(),
        Grouping.WEEK: f"{year}-W{week:02}",
        Grouping.MONTH: f"{day:%Y-%m}",
        Grouping.PRODUCT_LINE: counted.product_line,
        Grouping.REGION: counted.region,
        Grouping.INDUSTRY: counted.industry,
        Grouping.STAGE: counted.stage if isinstance(counted, FunnelOpportunity) else None,
    }
    return tuple(values[grouping] or "" for grouping in question.groupings)


class RecordedFacts:
    """Facts in the order in which they were told."""

    def __init__(self) -> None:
        self.facts: list[ToldFact] = []

    def append(self, fact: ToldFact) -> None:
        self.facts.append(fact)


class RecordedTimers:
    """When each deadline is due, by kind and key."""

    def __init__(self) -> None:
        self.due: dict[tuple[str, str], datetime] = {}

    async def set(self, kind: str, key: str, due_at: datetime, payload: Payload) -> None:
        self.due[kind, key] = due_at


class InMemoryWaterLineAlarms:
    """Alarms by their id, in the order in which they were raised."""

    def __init__(self) -> None:
        self.alarms: dict[str, WaterLineAlarm] = {}

    async def hold(self) -> None:
        """Nobody else is here."""

    async def of_month(self, month: Month) -> Sequence[WaterLineAlarm]:
        return [alarm for alarm in self.alarms.values() if alarm.month == month]

    async def open_until(self, month: Month) -> Sequence[WaterLineAlarm]:
        return [alarm for alarm in self.alarms.values() if alarm.month <= month and alarm.recovery is None]

    async def save(self, alarm: WaterLineAlarm) -> None:
        self.alarms[alarm.id] = alarm

    async def page(
        self, wanted: AlarmFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[WaterLineAlarm]:
        raise NotImplementedError("who sees which alarm is shown on PostgreSQL")


class InMemoryCustomers:
    """Keeps everything that was told of customers."""

    def __init__(self) -> None:
        self.told: list[CustomerProgress] = []

    async def note(self, told: Sequence[CustomerProgress]) -> None:
        self.told += told

    async def count(self, question: FunnelQuestion, view: Viewpoint) -> Sequence[CustomerRow]:
        end = min(question.received_before or view.now, question.known_at or view.now)
        known = sorted(
            (told for told in self.told if told.recorded_at < end), key=lambda told: (told.version, told.recorded_at)
        )
        standings = {told.customer_id: told.standing for told in known if told.standing}
        percents = {told.customer_id: told.completeness_pct for told in known}
        groups: dict[str, list[int]] = {}
        for customer_id, standing in standings.items():
            if not standing.is_archived and view.scope.includes(Resource(standing.owner_id, standing.team_id)):
                values = {
                    Grouping.REP: standing.owner_id,
                    Grouping.TEAM: standing.team_id,
                    Grouping.SOURCE: standing.source,
                    Grouping.REGION: standing.region,
                }
                groups.setdefault(values.get(question.group_by) or "", []).append(percents[customer_id])
        return [CustomerRow(group, len(found), sum(found)) for group, found in groups.items()]


class InMemoryMetrics:
    """Versions in the order in which they were published."""

    def __init__(self) -> None:
        self.published: list[PublishedMetric] = []

    async def hold(self) -> None:
        """Nobody else is here."""

    async def add(self, metric: PublishedMetric) -> None:
        self.published.append(metric)

    async def newest(self, code: str) -> PublishedMetric | None:
        return next((metric for metric in reversed(self.published) if metric.code == code), None)

    async def get(self, code: str, version: int) -> PublishedMetric | None:
        return next((each for each in self.published if (each.code, each.version) == (code, version)), None)

    async def all_newest(self) -> Sequence[PublishedMetric]:
        return list({metric.code: metric for metric in self.published}.values())


class InMemoryWork:
    """One transaction; there is nothing to roll back."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.warehouse = InMemoryWarehouse()
        self.funnels = InMemoryLeadFunnels()
        self.customers = InMemoryCustomers()
        self.metrics = InMemoryMetrics()
        self.alarms = InMemoryWaterLineAlarms()
        self.timers = RecordedTimers()
        self.outbox = RecordedFacts()
        self.audit = AuditTrail(cast("Any", None), TENANT, now)

    async def answer(self, result: R) -> R:
        return result


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
