"""Leads, reps and policies for tests of the domain: each builder takes what matters and makes up the rest."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lead_router.domain.events import MovedBecause, Owner
from lead_router.domain.ids import DecisionId, GroupId, LeadId, PersonId, RepId
from lead_router.domain.lead import Lead
from lead_router.domain.lead_details import LeadDetails, LeadIdentity, LeadOrigin, LeadProfile
from lead_router.domain.response_clock import CalendarTime, ClockRule, ClockTerms
from lead_router.domain.routing.availability import Moment
from lead_router.domain.routing.decide import decide
from lead_router.domain.routing.decision import Decision
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.ledger import GroupAccount
from lead_router.domain.routing.outcome import Award
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.policy_document import parse
from lead_router.domain.routing.rep_row import RepRow
from lead_router.domain.routing.rep_table import Column, RepTable
from lead_router.domain.routing.tables import RoutingTables
from lead_router.domain.routing.worth import WorthTable

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
"""A Monday, 11:00 in Shanghai."""
MIDNIGHT = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
"""The end of that day in Shanghai."""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TEAM = GroupId("team")
MODEL = "scorecard-7"

CALENDAR = CalendarTime()
TERMS = ClockTerms(ClockRule(2 * HOUR), ClockRule(48 * HOUR), CALENDAR)


def an_owner(rep: str = "ann") -> Owner:
    return Owner(RepId(rep), "team", PersonId("boss"))


def details(**changes: Any) -> LeadDetails:
    fields: dict[str, Any] = {
        "identity": LeadIdentity(company="Hangzhou First Clinic", phone="13800000000"),
        "origin": LeadOrigin("website", external_id="web-1"),
        "profile": LeadProfile(industry="clinic", region="浙江", segment="SMB"),
    }
    return LeadDetails(**{**fields, **changes})


def a_lead(lead_id: str = "lead-1", *, at: datetime = NOW, **changes: Any) -> Lead:
    """A lead just received, its first event pulled."""
    lead = Lead.receive(LeadId(lead_id), details(**changes), at=at, terms=TERMS)
    lead.pull_events()
    return lead


def an_assigned_lead(owner: Owner | None = None, *, at: datetime = NOW) -> Lead:
    """A lead received and assigned at the same moment, its events pulled."""
    lead = a_lead(at=at)
    lead.assign(owner or an_owner(), decision_id=DecisionId("d-1"), because=MovedBecause.BEST_TOTAL, at=at, terms=TERMS)
    lead.pull_events()
    return lead


def a_moment(now: datetime = NOW) -> Moment:
    return Moment(now, date(2026, 3, 2), MIDNIGHT, calendar_version=4)


def a_policy(**document: Any) -> Policy:
    return parse(document, policy_id="policy-1", version=1)


def a_rep(rep: str = "ann", **changes: Any) -> RepRow:
    """On shift from 9 to 18 in Shanghai today and tomorrow, present in the ledger, with room for ten leads."""
    fields: dict[str, Any] = {
        "rep_id": RepId(rep),
        "change_seq": 1,
        "group_id": TEAM,
        "daily_cap": 10,
        "open_cap": 10,
        "shifts": ((NOW - 2 * HOUR, NOW + 7 * HOUR), (NOW + 22 * HOUR, NOW + 31 * HOUR)),
        "median_response_minutes": 30,
        "is_present": True,
    }
    return RepRow(**{**fields, **changes})


def tags(**values: str | Sequence[str]) -> dict[str, frozenset[str]]:
    """A rep's tags; a single text is one value."""
    return {key: frozenset([value] if isinstance(value, str) else value) for key, value in values.items()}


def a_table(*rows: RepRow) -> RepTable:
    return RepTable.from_rows(rows)


def a_snapshot(lead_id: str = "lead-1", **changes: Any) -> LeadSnapshot:
    """Just received, worth 1,000.00 in average hands: 10,000.00 with a chance of 10 %."""
    fields: dict[str, Any] = {
        "lead_id": LeadId(lead_id),
        "received_at": NOW,
        "amount": 1_000_000,
        "win_probability_ppm": 100_000,
        "model": MODEL,
    }
    return LeadSnapshot(**{**fields, **changes})


def some_tables(
    policy: Policy, *, mean_worth: int = 100_000, high_value_from: int = 10**12, **changes: Any
) -> RoutingTables:
    """Tables before evidence, with a mean worth of 1,000.00 and no lead too valuable for a novice."""
    start = RoutingTables.before_evidence(policy)
    fields: dict[str, Any] = {"skill": start.skill, "worth": WorthTable(1, mean_worth, high_value_from)}
    return RoutingTables(**{**fields, **changes})


def groups_of(reps: RepTable) -> dict[GroupId, GroupAccount]:
    """Fresh accounts of the table's groups, with the weight of their present reps."""
    weights = (reps[Column.WEIGHT] * reps[Column.PRESENT]).tolist()
    places = reps[Column.GROUP].tolist()
    return {
        group: GroupAccount(
            group_id=group,
            weight_present=sum(weight for weight, at in zip(weights, places, strict=True) if at == place),
        )
        for place, group in enumerate(reps.group_ids)
    }


def decided(
    leads: LeadSnapshot | Iterable[LeadSnapshot],
    reps: RepTable | Iterable[RepRow],
    policy: Policy | None = None,
    *,
    tables: RoutingTables | None = None,
    groups: Mapping[GroupId, GroupAccount] | None = None,
    now: datetime = NOW,
    earlier: Sequence[Award] = (),
    held: Iterable[RepId] | None = None,
) -> tuple[Decision, ...]:
    """`decide` with whatever the test does not care about made up."""
    table = reps if isinstance(reps, RepTable) else a_table(*reps)
    policy = policy or a_policy()
    return decide(
        [leads] if isinstance(leads, LeadSnapshot) else leads,
        reps=table,
        policy=policy,
        tables=tables or some_tables(policy),
        groups=groups_of(table) if groups is None else groups,
        moment=a_moment(now),
        earlier=earlier,
        held=None if held is None else list(held),
    )
