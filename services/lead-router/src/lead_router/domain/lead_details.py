"""What a lead says about itself: who it is, what it wants, what it is worth."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class LeadIdentity:
    """Who the lead is, as typed. Personal data: never in an event, a receipt or a log."""

    company: str = ""
    person: str = ""
    phone: str = ""
    email: str = ""
    credit_code: str = ""
    """Unified social credit code 统一社会信用代码."""
    city: str = ""

    @property
    def can_be_reached(self) -> bool:
        """Whether any contact identity is there: a phone, an e-mail, a company or its credit code."""
        return any(text.strip() for text in (self.phone, self.email, self.company, self.credit_code))


@dataclass(frozen=True, slots=True)
class LeadOrigin:
    """Where the lead came from. `source` and `external_id` together are its upsert key."""

    source: str
    external_id: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    attachment_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadProfile:
    """What the lead wants 客户画像: matched with the reps' profiles. Empty text means not known."""

    industry: str = ""
    region: str = ""
    segment: str = ""
    """`KA` 大客户 or `SMB` 中小客户."""
    product_line: str = ""
    language: str = ""
    budget_tier: str = ""
    purchase_stage: str = ""
    tech_preference: str = ""
    amount: int | None = None
    """Expected amount in hundredths of the policy's currency; None where nobody knows."""
    trial_ends_at: datetime | None = None
    compares_competitors: bool = False

    def changed_from(self, before: "LeadProfile") -> tuple[str, ...]:
        """Names of the fields that differ."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != getattr(before, f.name))


class ScoreVerdict(StrEnum):
    """What a person says of a score."""

    AGREE = "agree"
    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"


class ScoreReason(NamedTuple):
    """What one answer adds to a score."""

    field: str
    code: str
    """Of the library scorecard, for example `CHOICE`."""
    detail: str
    points: int
    """In millionths of log-odds."""


@dataclass(frozen=True, slots=True)
class LeadScore:
    """Calibrated chance of a win with an average rep, in parts per million, and the model that says so."""

    win_probability_ppm: int
    model: str
    log_odds: int = 0
    """Base and points of the reasons added up, in millionths."""
    base: int = 0
    reasons: tuple[ScoreReason, ...] = ()
    """All that move it, strongest first."""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "LeadScore":
        """From a mapping of its fields, older ones without reasons among them."""
        reasons = tuple(ScoreReason(*reason) for reason in document.get("reasons", ()))
        return cls(**{**document, "reasons": reasons})


@dataclass(frozen=True, slots=True)
class LeadDetails:
    """Everything that a submission brings along."""

    identity: LeadIdentity
    origin: LeadOrigin
    profile: LeadProfile = LeadProfile()
    message: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)

    def without_personal_data(self) -> "LeadDetails":
        """What may stay after erasure: source, campaign and profile. Free text and ids of the source may not."""
        origin = LeadOrigin(
            self.origin.source,
            utm_source=self.origin.utm_source,
            utm_medium=self.origin.utm_medium,
            utm_campaign=self.origin.utm_campaign,
            attachment_types=self.origin.attachment_types,
        )
        return LeadDetails(LeadIdentity(), origin, self.profile)
