"""What the running services say when the month is over. Nothing here is worked out beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Any, Final

from sample_company import SampleCompany
from throughline_cli.business_clock import settle
from throughline_cli.demo.book import Book
from throughline_cli.demo.filed_follow_ups import FiledFollowUps
from throughline_cli.demo.lead_models import LeadModels
from throughline_cli.demo.pool_claim import PoolClaim
from throughline_cli.demo.process_lines import ProcessLines
from throughline_cli.demo.sale import Sale
from throughline_cli.demo.second_customer import SecondCustomer
from throughline_cli.demo.stage import Stage
from throughline_cli.demo.walk import Tally
from throughline_cli.failures import Problem
from throughline_cli.gateway import Json
from throughline_cli.times import moment

STATES: Final = (
    "waiting", "offered", "assigned", "pooled", "merged", "rejected", "converted", "closed", "erased",
)  # fmt: skip
_COUNTED: Final = (
    "created", "joined", "refused", "follow_ups", "closed", "converted", "dropped", "clock_steps",
)  # fmt: skip
_FELL_SILENT: Final = "lead.fell_silent"
_SAMPLES: Final = 200


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the demo shows at its end, as the services gave it."""

    business_now: str
    conservation: Json
    decisions: Json
    reps: Sequence[Json]
    joins: Sequence[Json]
    receipt: Json
    silent: Sequence[Json]
    silent_example: Json
    notifications: Sequence[Json]
    answered_example: Json
    response_times: Json
    opportunity_example: Json
    taken_back_example: Json
    filed_follow_ups: Json
    second_customer: Json
    pool_claim: Json
    funnel: Json
    water_lines: Json
    lead_models: Json
    refusals: Sequence[str]
    this_run: Json

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"synthetic": True, **asdict(self)}


class Reporter:
    """Asks the services."""

    def __init__(self, stage: Stage, company: SampleCompany, book: Book, tally: Tally, workers: Executor) -> None:
        self._stage = stage
        self._company = company
        self._book = book
        self._tally = tally
        self._workers = workers

    def report(self, business_now: str) -> Report:
        """The state of the tenant now."""
        admin, sale = self._stage.admin, Sale(self._stage)
        moved_on, taken_back = sale.moved_on(), sale.taken_back()
        filed = FiledFollowUps(self._stage, self._book).played()
        second = SecondCustomer(self._stage, self._book, self._company).played()
        claimed = PoolClaim(self._stage, self._company, self._workers).played()
        models = LeadModels(self._stage, self._company).played()
        settle(self._stage.operator)  # the funnel has heard of all that
        lines = ProcessLines(self._stage, self._company).played(moment(business_now))
        silent = list(admin.pages("/v1/leads", "leads", to_be_activated=True, page_size=200))
        return Report(
            business_now=business_now,
            conservation=admin.get("/v1/leads:conservation"),
            decisions=self._decisions(),
            reps=[self._named(rep) for rep in admin.pages("/v1/reps", "reps", page_size=200)],
            joins=self._tally.joins,
            receipt=self._receipt(),
            silent=[self._owned(lead) for lead in silent],
            silent_example=self._silent_example(silent),
            notifications=admin.get("/v1/notifications:count")["counts"],
            answered_example=self._answered_example(),
            response_times=admin.get("/v1/leads:response-times"),
            opportunity_example=moved_on,
            taken_back_example=taken_back,
            filed_follow_ups=filed,
            second_customer=second,
            pool_claim=claimed,
            water_lines=lines,
            lead_models=models,
            funnel=admin.get("/v1/funnel")["total"],
            refusals=self._tally.refusals,
            this_run={name: getattr(self._tally, name) for name in _COUNTED},
        )

    def _decisions(self) -> Json:
        """Times of the first decision of each lead; of leads that an earlier run sent, read from their receipts."""
        known = self._tally.decision_us
        others = [standing.lead_id for standing in self._book.standings.values() if standing.lead_id not in known]
        times = sorted([*known.values(), *(time for time in self._workers.map(self._decision_us, others) if time)])
        return {"count": len(times), "p50_us": percentile(times, 50), "p99_us": percentile(times, 99)}

    def _decision_us(self, lead_id: str) -> int:
        found = self._stage.admin.get(f"/v1/leads/{lead_id}/receipt")
        first = found["decision_ids"][0] if found["decision_ids"] else ""
        if first and first != found["receipt"]["decision_id"]:
            found = self._stage.admin.get(f"/v1/leads/{lead_id}/receipt", decision_id=first)
        return int(found["receipt"]["decision_us"])

    def _receipt(self) -> Json:
        """One with several candidates whose terms are given; the last looked at where none has."""
        found: Json = {}
        for standing in list(self._book.standings.values())[-_SAMPLES:]:
            found = self._stage.admin.get(f"/v1/leads/{standing.lead_id}/receipt")
            with_terms = [candidate for candidate in found["receipt"]["candidates"] if candidate["terms"]]
            was_awaited = int(found["receipt"]["decision_us"]) > 0
            if found["receipt"]["outcome"] == "ASSIGNED" and was_awaited and len(with_terms) >= 3:
                return found
        return found

    def _silent_example(self, silent: Sequence[Json]) -> Json:
        """One lead that fell silent, with what its owner and the direct supervisor were told."""
        for lead in reversed(silent):
            owner = self._stage.person(lead["owner_id"])
            if owner is not None and owner.supervisor_id:
                return {
                    "lead": self._owned(lead),
                    "owner": owner.name,
                    "supervisor": self._stage.name(owner.supervisor_id),
                    "told_owner": self._told(owner.person_id, lead["lead_id"]),
                    "told_supervisor": self._told(owner.supervisor_id, lead["lead_id"]),
                }
        return {}

    def _told(self, person_id: str, lead_id: str) -> Json:
        """The notification about the lead as the person reads it."""
        notices = self._stage.of(person_id).pages(
            "/v1/notifications", "notifications", kind=_FELL_SILENT, page_size=200
        )
        return next((notice for notice in notices if notice["resource"] == f"leads/{lead_id}"), {})

    def _answered_example(self) -> Json:
        """One lead whose follow-up stopped its clocks: it has no due time any more."""
        leads = self._stage.admin.pages("/v1/leads", "leads", states=["ASSIGNED"], page_size=100, limit=_SAMPLES)
        for lead in leads:
            if lead["first_touched_at"] and not lead["follow_up_due_at"] and not lead["to_be_activated"]:
                try:
                    follow_ups = self._stage.of(lead["owner_id"]).get("/v1/follow-ups", lead_id=lead["lead_id"])
                except Problem:
                    continue  # it went to another rep since the list was made
                return {"lead": self._owned(lead), "follow_up": next(iter(reversed(follow_ups["follow_ups"])), {})}
        return {}

    def _owned(self, lead: Json) -> Json:
        return {**lead, "owner": self._stage.name(lead["owner_id"])}

    def _named(self, rep: Json) -> Json:
        return {**rep, "name": self._stage.name(rep["rep_id"])}


def percentile(times: Sequence[int], share_pct: int) -> int:
    """The smallest of the sorted values that at least this share of them does not exceed; 0 of none."""
    if not times:
        return 0
    return times[max(0, -(-len(times) * share_pct // 100) - 1)]


def sum_of_states(conservation: Mapping[str, str]) -> int:
    """What the nine states add up to."""
    return sum(int(conservation[state]) for state in STATES)


def total(rows: Iterable[Mapping[str, Any]], name: str) -> int:
    """The sum of a whole number over rows."""
    return sum(int(row[name]) for row in rows)
