"""A lead on its way in, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lead_router.application.decision_record import DecisionRecord
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import LeadId, RepId
from lead_router.domain.lead_answers import answers_of
from lead_router.domain.lead_details import LeadDetails
from matching.identity import Identity, NormalisedIdentity, normalise
from matching.keys import fuzzy_keys, strong_keys


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody sent in, with everything about it that needs no database."""

    details: LeadDetails
    raw: bytes
    """As it was sent, serialised."""
    door: str
    """By which door it came: the method, or the import."""
    form: Mapping[str, str] = field(default_factory=dict)
    """Fields of the form it came by."""
    answers: Mapping[str, str] = field(init=False)
    """What models score it by."""
    identity: NormalisedIdentity = field(init=False)
    strong_keys: Sequence[int] = field(init=False)
    """Numbers of the keys whose equality alone is evidence. Hashed once: a batch looks at them again and again."""
    keys: Sequence[int] = field(init=False)
    """Numbers of all keys by which it is found again."""

    def __post_init__(self) -> None:
        who, origin = self.details.identity, self.details.origin
        identity = Identity(
            company=who.company,
            person=who.person,
            phones=(who.phone,) if who.phone.strip() else (),
            email=who.email,
            credit_code=who.credit_code,
            city=who.city,
            source=origin.source,
            external_id=origin.external_id,
        )
        normalised = normalise(identity)
        object.__setattr__(self, "identity", normalised)
        object.__setattr__(self, "answers", answers_of(self.details, self.form))
        object.__setattr__(self, "strong_keys", [key.number for key in strong_keys(normalised)])
        fuzzy = [key.number for key in fuzzy_keys(normalised)]
        object.__setattr__(self, "keys", [*self.strong_keys, *fuzzy])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was typed and counts as absent, as codes."""
        return tuple(str(warning) for warning in self.identity.warnings)


@dataclass(frozen=True, slots=True)
class Join:
    """The lead that a submission was joined to, and why."""

    lead_id: LeadId
    points: float
    reasons: Sequence[str]
    owner_id: RepId | None
    owned_since: datetime | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submission."""

    stored: StoredLead
    """The new lead, or the one that was joined."""
    submission_id: LeadId
    """Id of the submission: that of the new lead, or its own as a merged one."""
    decision: DecisionRecord | None = None
    """None for a join."""
    join: Join | None = None
