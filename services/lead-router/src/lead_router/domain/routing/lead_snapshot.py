"""What a decision sees of a lead. It stands in the receipt, so it holds no personal data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lead_router.domain.ids import LeadId, RepId
from lead_router.domain.lead_details import LeadProfile, LeadScore
from lead_router.domain.routing.canonical_json import fields_of
from lead_router.domain.routing.fixed_point import epoch_seconds, from_epoch
from lead_router.domain.routing.policy import DIMENSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSnapshot:
    """One lead as it was when it was decided."""

    lead_id: LeadId
    received_at: datetime
    segment: str = ""
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Profile by dimension, and whatever else clauses compare; a dimension without value is left out."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Figures that clauses compare, for example `amount` in hundredths."""
    amount: int | None = None
    """Expected amount in hundredths of the policy's currency; None where nobody knows."""
    win_probability_ppm: int | None = None
    """Calibrated chance with an average rep; None without a model."""
    model: str = ""
    score: LeadScore | None = None
    """What the chance is made of, for the receipt; the decision reads the chance alone."""
    trial_ends_at: datetime | None = None
    compares_competitors: bool = False
    is_urgent: bool = False
    """Raised before, by a person or a signal."""
    account_owner: RepId | None = None
    """Owner of the account that the lead was matched to."""
    clause_results: Mapping[str, bool] = field(default_factory=dict)
    """Of every lead-only expression of the policy its result. A missing one counts as false."""
    declined_by: tuple[RepId, ...] = ()
    lost_to_rival: tuple[RepId, ...] = ()
    """Reps whom this lead was decided for in the same request, and whose last slot another commit took."""

    def to_document(self) -> dict[str, Any]:
        """Plain JSON, whole; `from_document` takes it back."""
        # Left out where there is none, so that decisions without a model read as they always did.
        score = {"score": fields_of(self.score)} if self.score else {}
        return score | {
            "lead_id": self.lead_id,
            "received_at": epoch_seconds(self.received_at),
            "segment": self.segment,
            "tags": {key: list(values) for key, values in self.tags.items()},
            "numbers": dict(self.numbers),
            "amount": self.amount,
            "win_probability_ppm": self.win_probability_ppm,
            "model": self.model,
            "trial_ends_at": None if self.trial_ends_at is None else epoch_seconds(self.trial_ends_at),
            "compares_competitors": self.compares_competitors,
            "is_urgent": self.is_urgent,
            "account_owner": self.account_owner,
            "clause_results": dict(self.clause_results),
            "declined_by": list(self.declined_by),
            "lost_to_rival": list(self.lost_to_rival),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "LeadSnapshot":
        trial = document["trial_ends_at"]
        return cls(
            lead_id=LeadId(document["lead_id"]),
            received_at=from_epoch(document["received_at"]),
            segment=document["segment"],
            tags={key: tuple(values) for key, values in document["tags"].items()},
            numbers=dict(document["numbers"]),
            amount=document["amount"],
            win_probability_ppm=document["win_probability_ppm"],
            model=document["model"],
            score=LeadScore.from_document(document["score"]) if "score" in document else None,
            trial_ends_at=None if trial is None else from_epoch(trial),
            compares_competitors=document["compares_competitors"],
            is_urgent=document["is_urgent"],
            account_owner=document["account_owner"],
            clause_results=dict(document["clause_results"]),
            declined_by=tuple(RepId(rep) for rep in document["declined_by"]),
            lost_to_rival=tuple(RepId(rep) for rep in document["lost_to_rival"]),
        )


def tags_of(profile: LeadProfile) -> dict[str, tuple[str, ...]]:
    """The profile as tags by dimension; what is not known is left out."""
    stated = {dimension: getattr(profile, dimension) for dimension in DIMENSIONS}
    return {dimension: (value,) for dimension, value in stated.items() if value}
