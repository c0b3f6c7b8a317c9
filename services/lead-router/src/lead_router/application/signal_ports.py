"""What the use cases of signals and behaviour need from outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chassis.errors import Violation
from lead_router.domain.ids import LeadId
from lead_router.domain.signals.behaviour import BehaviourRules, Behaviours
from lead_router.domain.signals.features import SignalFeatures
from lead_router.domain.signals.signal import Signal


@dataclass(frozen=True, slots=True)
class SentSignal:
    """A signal as it was sent."""

    signal: Signal
    content: bytes
    """The whole message, serialised."""


@dataclass(slots=True)
class LeadBehaviour:
    """What is kept of a lead's signals."""

    features: SignalFeatures
    behaviours: Behaviours = field(default_factory=Behaviours)


@dataclass(frozen=True, slots=True)
class PublishedRules:
    """A version of the behaviour rules."""

    rules: BehaviourRules
    published_at: datetime | None = None
    """None for those that the product brings along."""
    published_by: str = ""
    note: str = ""


class Signals(Protocol):
    """The signals of the tenant's leads."""

    async def add_new(self, sent: Sequence[SentSignal], submitter: str, at: datetime) -> set[tuple[str, str]]:
        """Keeps those that are not there yet; gives source and id of these."""
        ...

    async def features(self, lead_ids: Iterable[LeadId]) -> Mapping[LeadId, LeadBehaviour]:
        """What is kept of the leads, as far as any signal came."""
        ...

    async def save(self, kept: Mapping[LeadId, LeadBehaviour]) -> None:
        """Writes what is kept of leads that are locked in this transaction."""
        ...

    async def forget(self, before: datetime, most: int) -> int:
        """Removes at most so many signals that happened before a moment; their sums stay."""
        ...

    async def rules(self, version: int = 0) -> PublishedRules | None:
        """A version of the behaviour rules, or the newest; None where there is none."""
        ...

    async def hold_rules(self) -> None:
        """Lets nobody else publish rules until the transaction ends."""
        ...

    async def add_rules(self, published: PublishedRules) -> None:
        """Keeps a new version of the rules."""
        ...


class BehaviourConditions(Protocol):
    """Evaluates the conditions of behaviour rules."""

    def faults(self, path: str, expression: str) -> Sequence[Violation]:
        """What is wrong with an expression."""
        ...

    def holds(self, expression: str, counts: Mapping[str, int]) -> bool:
        """Whether it holds for how many signals there were of each subject."""
        ...
