"""Walks the business clock through the month: at each stop the leads come in and their owners do what they planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sample_company.model import Lead
from throughline_cli.business_clock import forward, settle
from throughline_cli.demo.book import Book, Deed, Standing
from throughline_cli.demo.messages import closing, conversion, first_contact, follow_up, submission
from throughline_cli.demo.stage import Stage
from throughline_cli.failures import Problem
from throughline_cli.gateway import Gateway, Json
from throughline_cli.times import moment

STOP: Final = timedelta(hours=1, minutes=59, seconds=36)
"""A little less than two hours: what an owner does at once is then recorded before the two-hour clock rings."""
_LONGEST_MOVE: Final = timedelta(hours=4)
_SHORTEST_STEP: Final = timedelta(minutes=30)
"""Alarms closer together ring in one step, each at most so much late: the suite comes to rest after every step, which
is what the walk spends most of its time on."""
_ATTEMPTS: Final = 5
_FORGETFUL: Final = 40
"""Every so many-th first contact goes without its summary, so that somebody is reminded."""
_OWNER_CHANGED: Final = frozenset({"FORBIDDEN", "NOT_FOUND"})
_TOO_LATE: Final = frozenset({"LEAD_CLOSED", "LEAD_STATE_FORBIDS", "KEY_REUSED"})

Told = Callable[[datetime], None]


@dataclass(slots=True)
class Tally:
    """What this run did. What earlier runs did is asked of the services."""

    created: int = 0
    joined: int = 0
    refused: int = 0
    follow_ups: int = 0
    closed: int = 0
    converted: int = 0
    dropped: int = 0
    """Deeds that the course of things had made pointless, such as a call to a lead that was closed by then."""
    clock_steps: int = 0
    """Stops that the clock made on its way, at due times."""
    decision_us: dict[str, int] = field(default_factory=dict)
    """Time of the decision by lead."""
    joins: list[Json] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class Walk:
    """One walk through the month, or the rest of it."""

    def __init__(self, stage: Stage, book: Book, workers: Executor) -> None:
        self._stage = stage
        self._book = book
        self._workers = workers
        self.tally = Tally()

    def to(self, end: datetime, told: Told) -> datetime:
        """Until the clock stands at `end`; gives the business time then.

        Raises:
            Problem, Unreachable: the suite refused or failed; a later run goes on from there.
        """
        now = settle(self._stage.operator)
        while True:
            self._look_for_owners()
            under_way = self._begin(self._book.due(now))
            self._send(self._book.arrived(min(now, end)))
            self._count(under_way)
            told(now)
            if now >= end:
                settle(self._stage.operator)  # what was done last is known everywhere before anybody counts
                return now
            moved = forward(self._stage.operator, self._next_stop(now, end) - now, _SHORTEST_STEP)
            self.tally.clock_steps += int(moved["steps"])
            now = moment(moved["business_now"])

    def _next_stop(self, now: datetime, end: datetime) -> datetime:
        """The first stop at which there is something to do; the very next one while a lead waits for an owner."""
        farthest = min(end, now + (STOP if self._book.waiting() else _LONGEST_MOVE))
        wanted = min(self._book.next_moment() or farthest, farthest)
        stops = -(-(wanted - now) // STOP)
        return min(end, now + max(1, stops) * STOP)

    def _look_for_owners(self) -> None:
        """Leads that waited may have got an owner while the clock moved."""
        waiting = self._book.waiting()
        if not waiting:
            return
        still = self._stage.admin.pages("/v1/leads", "leads", states=["WAITING"], page_size=200)
        unowned = {lead["lead_id"] for lead in still}
        for standing in waiting:
            if standing.lead_id not in unowned:
                self._book.enter(standing.key, self._read(standing))

    def _send(self, leads: list[Lead]) -> None:
        for lead, answer in zip(leads, self._workers.map(self._submit, leads), strict=True):
            if isinstance(answer, Problem):
                self.tally.refused += 1
                self.tally.refusals.append(f"{lead.key}: {'; '.join(answer.details)}")
            elif answer["outcome"] == "JOINED":
                self.tally.joined += 1
                self.tally.joins.append({"key": lead.key, **answer["join"]})
            else:
                self.tally.created += 1
                self._book.enter(lead.key, answer["lead"])
                if receipt := answer.get("receipt"):
                    self.tally.decision_us[receipt["lead_id"]] = int(receipt["decision_us"])

    def _submit(self, lead: Lead) -> Json | Problem:
        body = {"submission": submission(lead), "request_id": self._stage.key(lead.key)}
        try:
            return self._stage.admin.post("/v1/leads", body)
        except Problem as problem:
            if problem.status == 400:
                return problem
            raise

    def _begin(self, deeds: list[Deed]) -> Iterator[list[str]]:
        """Has deeds of one lead done one after another, those of several at the same time; gives what they count as."""
        by_lead: dict[str, list[Deed]] = defaultdict(list)
        for deed in deeds:
            by_lead[deed.key].append(deed)
        return self._workers.map(self._do_in_order, by_lead.values())

    def _count(self, under_way: Iterator[list[str]]) -> None:
        for kinds in under_way:
            for kind in kinds:
                setattr(self.tally, kind, getattr(self.tally, kind) + 1)

    def _do_in_order(self, deeds: list[Deed]) -> list[str]:
        return [self._as_owner(deed) for deed in deeds]

    def _as_owner(self, deed: Deed) -> str:
        """Does one deed as the owner of the lead, whoever that is by now; says under what it counts."""
        standing = self._book.standings[deed.key]
        for _ in range(_ATTEMPTS):
            owner = self._stage.of(standing.owner_id)
            try:
                return self._do(deed, standing, owner)
            except Problem as problem:
                if problem.reason in _TOO_LATE:
                    break
                if problem.reason not in _OWNER_CHANGED and problem.status != 412:
                    raise
                standing.owner_id = self._read(standing)["owner_id"] or standing.owner_id
        return "dropped"

    def _do(self, deed: Deed, standing: Standing, owner: Gateway) -> str:
        match deed.kind:
            case "follow_up":
                return self._record(deed, standing, owner)
            case "close":
                return self._close(standing, owner)
            case "convert":
                return self._convert(deed, standing, owner)

    def _record(self, deed: Deed, standing: Standing, owner: Gateway) -> str:
        if deed.follow_up is None:
            raise ValueError("only follow-ups are recorded")
        planned = deed.follow_up
        body = follow_up(planned, standing.lead_id, deed.at, self._stage.key(planned.key))
        owner.post("/v1/follow-ups", body)
        if deed.is_first and deed.number % _FORGETFUL:
            body = first_contact(planned, self._book.lead(deed.key), self._stage.key(f"{deed.key}:first-contact"))
            owner.post(f"/v1/leads/{standing.lead_id}/first-contact-summary", body)
        return "follow_ups"

    def _convert(self, deed: Deed, standing: Standing, owner: Gateway) -> str:
        """Joins the customer that the lead is one of; a new one where nobody but a person could tell."""
        path, body = (
            f"/v1/leads/{standing.lead_id}:convert",
            conversion(self._book.lead(deed.key), self._book.plan(deed.key), deed.at),
        )
        try:
            answer = owner.post(path, body | {"request_id": self._stage.key(f"{deed.key}:convert")})
        except Problem as problem:
            if problem.reason != "CUSTOMER_CHOICE_NEEDED":
                raise
            answer = owner.post(
                path, body | {"new_customer": True, "request_id": self._stage.key(f"{deed.key}:convert-as-new")}
            )
        return "converted" if answer["conversion"]["state"] == "DONE" else "dropped"

    def _close(self, standing: Standing, owner: Gateway) -> str:
        path = f"/v1/leads/{standing.lead_id}"
        lead = owner.get(path)["lead"]
        if lead["state"] != "ASSIGNED":
            return "dropped"
        request_id = self._stage.key(f"{standing.key}:close:{lead['version']}")
        ending = closing(self._book.plan(standing.key))
        owner.post(f"{path}:close", ending | {"version": lead["version"], "request_id": request_id})
        return "closed"

    def _read(self, standing: Standing) -> Json:
        lead: Json = self._stage.admin.get(f"/v1/leads/{standing.lead_id}")["lead"]
        return lead
