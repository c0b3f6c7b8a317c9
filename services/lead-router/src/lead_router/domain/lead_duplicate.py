"""Two leads that may be one customer, and what a person says of them (LR-15, X-03)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from lead_router.domain.errors import DuplicateStateForbids
from lead_router.domain.ids import DuplicateId, LeadId, PersonId
from matching.decision import LeadMatch


class DuplicateState(StrEnum):
    """What was decided about a pair."""

    SUSPECTED = "suspected"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Finding:
    """Why the two may be one. Codes and points alone: what was compared is personal."""

    points: float
    reasons: Sequence[tuple[str, float]]
    """Code and points of each; they add up to `points`."""
    stopped_by: Sequence[str]
    links: Sequence[str]
    points_version: int

    @classmethod
    def of(cls, match: LeadMatch) -> "Finding":
        """What a comparison found."""
        return cls(
            match.score,
            tuple((str(reason.code), reason.points) for reason in match.best.reasons),
            tuple(map(str, match.stopped_by)),
            tuple(map(str, match.links)),
            match.best.policy_version,
        )

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Finding":
        """From a mapping of its fields."""
        reasons = tuple((str(code), float(points)) for code, points in document["reasons"])
        return cls(**{**document, "reasons": reasons})


@dataclass(slots=True, kw_only=True)
class LeadDuplicate:
    """A pair, the later lead first."""

    id: DuplicateId
    lead_id: LeadId
    other_id: LeadId
    finding: Finding
    is_shown: bool
    """True where the owners are told at once; otherwise it is listed quietly."""
    suspected_at: datetime
    state: DuplicateState = DuplicateState.SUSPECTED
    settled_at: datetime | None = None
    settled_by: PersonId | None = None

    @property
    def version(self) -> int:
        """1 when it was found, 2 once it was decided."""
        return 1 if self.state is DuplicateState.SUSPECTED else 2

    def dismiss(self, *, by: PersonId, at: datetime) -> None:
        """The two are different customers, for ever. Raises `DuplicateStateForbids` where that was decided before."""
        if self.state is not DuplicateState.SUSPECTED:
            raise DuplicateStateForbids(self.id, self.state, "dismiss")
        self.state, self.settled_at, self.settled_by = DuplicateState.DISMISSED, at, by
