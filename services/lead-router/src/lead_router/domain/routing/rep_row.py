"""One rep as the router's database has it: availability, capacity, profile and place in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lead_router.domain.ids import GroupId, RepId
from lead_router.domain.routing.fixed_point import epoch_seconds, from_epoch

MOST_SHIFTS = 3
FULL_WEIGHT = 100
"""Weight of a full-time rep in the fairness ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRow:
    """A row of the rep table. `change_seq` rises with every change of any row of the tenant."""

    rep_id: RepId
    change_seq: int
    group_id: GroupId
    policy_seq: int = 0
    """Rises when something changes that decides whether the rep is eligible; the guard compares it."""
    has_left: bool = False
    """Inactive: the row takes the rep out of the table."""
    is_paused: bool = False
    is_on_leave: bool = False
    joined_at: datetime | None = None
    """None for a rep of long standing."""
    daily_cap: int = 0
    """Leads a day, the ramp of newcomers included (`ramp.py`)."""
    leads_today: int = 0
    counted_on: date | None = None
    """The tenant's day that `leads_today` counts; on any other day it counts as 0."""
    open_cap: int = 0
    open_leads: int = 0
    last_lead_at: datetime | None = None
    shifts: tuple[tuple[datetime, datetime], ...] = ()
    """The running or coming shifts in order, leave cut out: at most three, the first of the next working day among
    them. A shift is [start, end)."""
    median_response_minutes: int = 0
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What the rep is good at, by dimension of the match, `territory` for regions owned, and whatever clauses compare.
    A dimension without values means that the rep takes anything."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    clause_results: Mapping[str, bool] = field(default_factory=dict)
    """Of every rep-only expression of the policies in use its result. A missing one counts as false."""
    carried: int = 0
    """Ledger: balance settled so far, in ledger units (`ledger.py`)."""
    units_in: int = 0
    """Ledger: the group's counter when the balance was last settled."""
    weight_pct: int = FULL_WEIGHT
    """Ledger: share of a full-time rep, ramp included, 1 to 200."""
    is_present: bool = False
    """Ledger: on shift, not on leave, not paused: has a share in what comes in."""

    def __post_init__(self) -> None:
        if len(self.shifts) > MOST_SHIFTS:
            raise ValueError(f"at most {MOST_SHIFTS} shifts are looked at, not {len(self.shifts)}")

    def to_document(self) -> dict[str, Any]:
        """Plain JSON, whole, for the history that replays read; `from_document` takes it back."""
        return {
            "rep_id": self.rep_id,
            "change_seq": self.change_seq,
            "group_id": self.group_id,
            "policy_seq": self.policy_seq,
            "has_left": self.has_left,
            "is_paused": self.is_paused,
            "is_on_leave": self.is_on_leave,
            "joined_at": _seconds(self.joined_at),
            "daily_cap": self.daily_cap,
            "leads_today": self.leads_today,
            "counted_on": None if self.counted_on is None else self.counted_on.isoformat(),
            "open_cap": self.open_cap,
            "open_leads": self.open_leads,
            "last_lead_at": _seconds(self.last_lead_at),
            "shifts": [[epoch_seconds(start), epoch_seconds(end)] for start, end in self.shifts],
            "median_response_minutes": self.median_response_minutes,
            "tags": {key: sorted(values) for key, values in self.tags.items()},
            "numbers": dict(self.numbers),
            "clause_results": dict(self.clause_results),
            "carried": self.carried,
            "units_in": self.units_in,
            "weight_pct": self.weight_pct,
            "is_present": self.is_present,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "RepRow":
        counted_on = document["counted_on"]
        return cls(
            **{
                **document,
                "joined_at": _moment(document["joined_at"]),
                "counted_on": None if counted_on is None else date.fromisoformat(counted_on),
                "last_lead_at": _moment(document["last_lead_at"]),
                "shifts": tuple((from_epoch(start), from_epoch(end)) for start, end in document["shifts"]),
                "tags": {key: frozenset(values) for key, values in document["tags"].items()},
            }
        )


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else epoch_seconds(at)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else from_epoch(seconds)
