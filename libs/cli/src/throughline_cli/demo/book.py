"""What has become of each lead so far, and what its owner will do when. Can be rebuilt from the running services."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sample_company import SampleCompany
from sample_company.model import Lead, LeadPlan, Outcome, PlannedFollowUp
from throughline_cli.gateway import Json
from throughline_cli.times import moment

_SENT_AGAIN = timedelta(days=1)
"""Leads that came at most so long before the last one known are sent again after a crash: under the same key, so that
those which had arrived change nothing. Keys are kept as long by the services."""
_ENDED = frozenset({"CLOSED", "CONVERTED"})


@dataclass(slots=True)
class Standing:
    """A lead that was sent and is a lead of its own."""

    key: str
    lead_id: str
    owner_id: str
    assigned_at: datetime | None


@dataclass(frozen=True, order=True, slots=True)
class Deed:
    """What an owner does with a lead at a time: a follow-up of its plan, closing it, or making a customer of it."""

    at: datetime
    number: int
    key: str = field(compare=False)
    kind: Literal["follow_up", "close", "convert"] = field(compare=False)
    follow_up: PlannedFollowUp | None = field(default=None, compare=False)
    is_first: bool = field(default=False, compare=False)
    """True of the first follow-up."""


class Book:
    """The leads of the company in the order they come, and the deeds that their plans ask for."""

    def __init__(self, company: SampleCompany) -> None:
        self._arrivals = sorted(company.leads, key=lambda lead: lead.received_at)
        self._leads = {lead.key: lead for lead in company.leads}
        self._plans: dict[str, LeadPlan] = {plan.lead_key: plan for plan in company.plans}
        self._next = 0
        self._deeds: list[Deed] = []
        self._count = 0
        self._skip: set[str] = set()
        self.standings: dict[str, Standing] = {}

    def arrived(self, until: datetime) -> list[Lead]:
        """The leads that have come by a time and were not taken yet; takes them."""
        found = []
        while self._next < len(self._arrivals) and self._arrivals[self._next].received_at <= until:
            lead = self._arrivals[self._next]
            self._next += 1
            if lead.key not in self._skip:
                found.append(lead)
        return found

    def due(self, until: datetime) -> list[Deed]:
        """The deeds that are due by a time, in their order; takes them."""
        found = []
        while self._deeds and self._deeds[0].at <= until:
            found.append(heapq.heappop(self._deeds))
        return found

    def next_moment(self) -> datetime | None:
        """When something happens next; None when nothing does."""
        moments = [self._deeds[0].at] if self._deeds else []
        if self._next < len(self._arrivals):
            moments.append(self._arrivals[self._next].received_at)
        return min(moments, default=None)

    def enter(self, key: str, lead: Json) -> Standing:
        """Enters a lead as the service has it; plans the deeds of its owner once it has one."""
        known = self.standings.get(key)
        standing = Standing(key, lead["lead_id"], lead["owner_id"], _moment(lead["assigned_at"]))
        self.standings[key] = standing
        if standing.assigned_at is not None and (known is None or known.assigned_at is None):
            self._plan(standing, done_until=_moment(lead["last_follow_up_at"]), has_ended=lead["state"] in _ENDED)
        return standing

    def waiting(self) -> list[Standing]:
        """The leads that nobody owns yet."""
        return [standing for standing in self.standings.values() if standing.assigned_at is None]

    def restore(self, leads: Iterable[Json]) -> int:
        """Takes up where an earlier run stopped; gives how many leads it had sent."""
        # A lead that is sent once more has the id of the first, whose lead it joins.
        keys = {(lead.source, lead.external_id): lead.key for lead in reversed(self._arrivals) if lead.external_id}
        times = {lead.key: lead.received_at for lead in self._arrivals}
        last: datetime | None = None
        for found in leads:
            origin = found["origin"] or {}
            key = keys.get((origin.get("source", ""), origin.get("external_id", "")))
            if key is None:
                continue
            self._skip.add(key)
            last = max(last or times[key], times[key])
            if found["state"] not in {"MERGED", "REJECTED"}:
                self.enter(key, found)
        if last is not None:
            self._skip |= {key for key, at in times.items() if at < last - _SENT_AGAIN}
        return len(self.standings)

    def _plan(self, standing: Standing, *, done_until: datetime | None, has_ended: bool) -> None:
        plan = self._plans.get(standing.key)
        if plan is None or has_ended or standing.assigned_at is None:
            return
        for deed in self._deeds_of(plan, standing.assigned_at):
            if deed.kind != "follow_up" or done_until is None or deed.at > done_until:
                heapq.heappush(self._deeds, deed)

    def _deeds_of(self, plan: LeadPlan, assigned_at: datetime) -> Iterator[Deed]:
        for place, follow_up in enumerate(plan.follow_ups):
            at = assigned_at + follow_up.after
            yield Deed(at, self._number(), plan.lead_key, "follow_up", follow_up, is_first=place == 0)
        if plan.outcome_after is not None:
            kind: Literal["close", "convert"] = "close" if plan.outcome is Outcome.CLOSED else "convert"
            yield Deed(assigned_at + plan.outcome_after, self._number(), plan.lead_key, kind)

    def _number(self) -> int:
        self._count += 1
        return self._count

    def lead(self, key: str) -> Lead:
        """The lead as it came in."""
        return self._leads[key]

    def plan(self, key: str) -> LeadPlan:
        """What was to become of it."""
        return self._plans[key]


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
