"""The routing policy: one versioned document that says who may get a lead, what counts how much, and what is promised.

The defaults are those of the routing paper. Names of fields are the keys of the document (`policy_document.py`), shares
and lifts are kept in parts per million, amounts in hundredths of `currency`. Nothing here is read per lead: `decide`
takes the policy as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from chassis.document_fields import Choice, Number, Section, Text, choice, flag, list_of, section, table_of, text, whole
from lead_router.domain.lead_state import WaitingReason
from lead_router.domain.qualification import DocumentKind
from lead_router.domain.response_clock import ClockRule, ClockTerms, TimeCounted, WorkingTime
from lead_router.domain.routing.fixed_point import MAX_LIFT, MIN_LIFT, PPM
from lead_router.domain.routing.policy_fields import MONEY, SHARE, share

DIMENSIONS = (
    "industry",
    "region",
    "segment",
    "product_line",
    "language",
    "budget_tier",
    "purchase_stage",
    "tech_preference",
)
"""What lead and rep profiles are matched by (LR-02)."""
OTHER_SEGMENT = "other"
"""Key of the tables by segment for leads whose segment is not known or not listed."""

_NAME = r"[A-Za-z0-9_\-]{1,60}"
_NAME_MEANING = "must be 1 to 60 letters, digits, _ or -"
_EXPRESSION = r"(?=.*\S).{1,2000}"
_EXPRESSION_MEANING = "must be an expression of at most 2,000 characters"


def _default_weights() -> Mapping[str, int]:
    return {
        "industry": 25,
        "region": 15,
        "segment": 15,
        "product_line": 20,
        "language": 5,
        "budget_tier": 5,
        "purchase_stage": 5,
        "tech_preference": 10,
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Match:
    """The weight table (LR-02) and how its result is cut in three: fits, neutral, other. Compared by identity."""

    weights: Mapping[str, int] = table_of(Number(0, 100), _default_weights, DIMENSIONS)
    fits_from_pct: int = whole(60, 1, 100)
    other_below_pct: int = whole(30, 0, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifts:
    """What a class of match is worth before there is evidence, and how evidence is weighed."""

    fits: int = share(1_150_000, MIN_LIFT, MAX_LIFT)
    neutral: int = share(PPM, MIN_LIFT, MAX_LIFT)
    other: int = share(900_000, MIN_LIFT, MAX_LIFT)
    ka_on_smb: int = share(780_000, MIN_LIFT, MAX_LIFT)
    """Factor for a KA specialist on an SMB lead (LR-17)."""
    class_evidence: int = whole(10, 1, 1000)
    """Expected wins that halve the starting value."""
    skill_half_life_days: int = whole(180, 1, 3650)
    silent_lost_days: int = whole(60, 1, 3650)
    """Silence after which an open lead counts as lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A condition that a rep must meet to be a candidate, in CEL.

    It speaks of the lead alone, of the rep alone, or of both in one of the closed forms of `lead_rep_clause.py`.
    """

    id: str = text(_NAME, _NAME_MEANING)
    when: str = text(_EXPRESSION, _EXPRESSION_MEANING)
    if_unknown: str = choice("fail", "fail", "pass")
    """What the clause is where lead or rep do not state what it compares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    clauses: tuple[Clause, ...] = list_of(Section(Clause), 40)
    ka_on_smb: str = choice("discount", "discount", "exclude")
    territory: str = choice("prefer", "off", "prefer", "require")
    """Whose region it is: no matter, gets the lead if eligible, or alone may get it (X-13)."""
    owner_precedence: tuple[str, ...] = list_of(
        Choice(("account_owner", "territory_owner")), 2, ("account_owner", "territory_owner")
    )
    """Who is asked first, before the ranking counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityClass:
    """Leads that are decided before the ordinary ones, by a CEL condition on the lead alone (LR-06)."""

    id: str = text(_NAME, _NAME_MEANING)
    when: str = text(_EXPRESSION, _EXPRESSION_MEANING)
    factor: int = share(PPM, 100_000, 10 * PPM)
    """Factor on the worth."""
    may_wait: bool = flag(True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """What is decided first: urgent leads (LR-04), then these classes in their order, then the rest."""

    urgency_factor: int = share(1_500_000, PPM, 10 * PPM)
    trial_within_hours: int = whole(48, 0, 720)
    competitor_comparison: bool = flag(True)
    classes: tuple[PriorityClass, ...] = list_of(Section(PriorityClass), 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthDefaults:
    """What a lead is taken to be worth where neither amount nor model says it. By segment, `other` for the rest."""

    default_worth: Mapping[str, int] = table_of(
        MONEY, lambda: {"KA": 30_000_000, "SMB": 3_000_000, OTHER_SEGMENT: 5_000_000}
    )
    """Amount of a win, not yet times its chance."""
    base_rate: Mapping[str, int] = table_of(SHARE, lambda: {"KA": 80_000, "SMB": 120_000, OTHER_SEGMENT: 100_000})
    high_value_top: int = share(100_000, 0, PPM)
    """Share of leads that the guard keeps from novices while others are free (LR-01)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    fair_leads: int = whole(30, 1, 10_000)
    """Mean leads of debt at which the tax is one whole; smaller is stricter."""
    fair_limit: int = share(300_000, 0, PPM)
    """Largest tax or credit, as a share of the lead's worth."""
    balance_half_life_days: int = whole(20, 1, 3650)
    sticky_credit: int = share(500_000, 0, PPM)
    """Share of the worth that the ledger counts where not the ranking but an owner or a person decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    max_wait_hours: int = whole(24, 0, 720)
    reprice_minutes: int = whole(60, 1, 1440)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    ramp_start: int = share(500_000, 0, PPM)
    """Share of weight and daily cap on the first day."""
    ramp_days: int = whole(30, 0, 3650)
    novice_days: int = whole(90, 0, 3650)
    """How long the guard of high-value leads takes a rep for a novice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRules:
    """Assignment at once, or offers that can be declined (X-06)."""

    mode: str = choice("assign", "assign", "offer")
    timeout_minutes: int = whole(15, 1, 10_080)
    attempts: int = whole(3, 1, 20)
    """Declined or expired offers after which a supervisor has the lead."""
    accepted_reasons: tuple[str, ...] = list_of(
        Text(_NAME, _NAME_MEANING), 50, ("conflict_of_interest", "own_customer_dispute", "wrong_profile")
    )
    """Reasons for declining that cost nothing; any other leaves the credit with the rep, so cherry-picking costs."""

    def keeps_credit(self, reason: str) -> bool:
        return reason not in self.accepted_reasons

    def is_over(self, declined: int) -> bool:
        return declined >= self.attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerouting:
    switch_cost: int = share(150_000, 0, 10 * PPM)
    """By which share of its worth a lead must gain to change hands before the first contact."""
    at_most: int = whole(2, 0, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallbacks:
    """Where a lead goes when nobody can have it: it waits, or for these reasons goes to a pool."""

    pool_when: tuple[str, ...] = list_of(Choice(tuple(reason.value for reason in WaitingReason)), 3)
    pool_id: str = text(r".{0,60}", "must be the id of a pool", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """What customers are promised: both clocks, each in calendar or working time."""

    response_minutes: int = whole(120, 1, 100_000)
    response_counts: str = choice("calendar", "calendar", "working")
    follow_up_hours: int = whole(48, 1, 10_000)
    follow_up_counts: str = choice("calendar", "calendar", "working")
    qualifying_documents: tuple[str, ...] = list_of(
        Choice(tuple(kind.value for kind in DocumentKind)), 3, tuple(kind.value for kind in DocumentKind)
    )

    def terms(self, working: WorkingTime) -> ClockTerms:
        """Both clocks under this policy and a calendar."""
        return ClockTerms(
            ClockRule(timedelta(minutes=self.response_minutes), TimeCounted(self.response_counts)),
            ClockRule(timedelta(hours=self.follow_up_hours), TimeCounted(self.follow_up_counts)),
            working,
        )

    @property
    def required_documents(self) -> tuple[DocumentKind, ...]:
        return tuple(DocumentKind(kind) for kind in self.qualifying_documents)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """One published version. Compared by identity, as its parts are what compiled rules are kept by."""

    id: str
    version: int
    name: str = text(r".{0,200}", "must be at most 200 characters", "")
    currency: str = text(r"[A-Z]{3}", "must be an ISO 4217 code", "CNY")
    match: Match = field(default_factory=Match, metadata=section(Match))
    lifts: Lifts = field(default_factory=Lifts, metadata=section(Lifts))
    eligibility: Eligibility = field(default_factory=Eligibility, metadata=section(Eligibility))
    priority: Priority = field(default_factory=Priority, metadata=section(Priority))
    worth: WorthDefaults = field(default_factory=WorthDefaults, metadata=section(WorthDefaults))
    fairness: Fairness = field(default_factory=Fairness, metadata=section(Fairness))
    waiting: Waiting = field(default_factory=Waiting, metadata=section(Waiting))
    newcomers: Newcomers = field(default_factory=Newcomers, metadata=section(Newcomers))
    offers: OfferRules = field(default_factory=OfferRules, metadata=section(OfferRules))
    rerouting: Rerouting = field(default_factory=Rerouting, metadata=section(Rerouting))
    fallbacks: Fallbacks = field(default_factory=Fallbacks, metadata=section(Fallbacks))
    sla: Sla = field(default_factory=Sla, metadata=section(Sla))
