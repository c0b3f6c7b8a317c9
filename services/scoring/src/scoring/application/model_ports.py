"""What the use cases of models need from outside."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from chassis.audit import AuditTrail
from chassis.ids import TenantId
from chassis.pages import Cursor
from chassis.timers import TimerSchedule
from scoring.domain.ids import ModelId, TrainingId
from scoring.domain.lead_model import LeadModel
from scoring.domain.model_training import ModelTraining, TrainingOrder

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class KnownLead:
    """A lead to learn from."""

    example_id: str
    fields: Mapping[str, str]
    won: float
    """1 for won, 0 for lost, the chance that a rep held for right where there is no outcome yet."""
    happened_at: datetime | None
    is_outcome: bool = True


@dataclass(frozen=True, slots=True)
class ScoredLeads:
    """Ended leads that a model scored: how many, the mean chance that it gave them, the share that was won."""

    leads: int
    mean_predicted: float
    share_won: float


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """What came of a training: the bytes of a card with its report and its picture, or a failure with its figures."""

    content: bytes = b""
    chart: bytes = b""
    report: Mapping[str, Any] | None = None
    failure: str = ""
    figures: Mapping[str, int] | None = None


class Trainer(Protocol):
    """Trains, outside of this process and of any transaction."""

    async def __call__(
        self, order: TrainingOrder, leads: Sequence[KnownLead], live: LeadModel | None
    ) -> TrainingOutcome:
        """The outcome; the live model is judged on the same leads."""
        ...


class KnownLeads(Protocol):
    """Leads of the tenant with outcomes or opinions."""

    async def add(self, leads: Sequence[KnownLead], at: datetime) -> None:
        """Keeps imported ones, in place of those with the same id."""
        ...

    async def imported(self, most: int) -> Sequence[KnownLead]:
        """Imported ones, the newest first."""
        ...

    async def total(self) -> int:
        """How many were imported."""
        ...

    async def own(self, now: datetime, most: int) -> Sequence[KnownLead]:
        """The tenant's own leads that have come to an end or were judged by a rep, the newest first."""
        ...

    async def scored_by(self, model_id: ModelId, since: datetime, now: datetime) -> "ScoredLeads":
        """What a model predicted for leads received since then that have come to an end, and what happened."""
        ...

    async def ended_since(self, since: datetime) -> int:
        """Facts recorded since then that end a lead or judge a score: what a new training could learn from."""
        ...


class Trainings(Protocol):
    """The tenant's trainings."""

    async def add(self, training: ModelTraining) -> None:
        """Keeps a new one.

        Raises:
            TrainingInProgress: another one has not ended.
        """
        ...

    async def unended(self) -> ModelTraining | None:
        """The one that waits or runs, held until the transaction ends."""
        ...

    async def get(self, training_id: TrainingId) -> ModelTraining | None:
        """One, or None."""
        ...

    async def save(self, training: ModelTraining) -> None:
        """Writes one that is held."""
        ...


class LeadModels(Protocol):
    """The tenant's models."""

    async def hold(self) -> None:
        """Lets nobody else add or promote models until the transaction ends."""
        ...

    async def next_number(self) -> int:
        """Number of the next model."""
        ...

    async def add(self, model: LeadModel) -> None:
        """Keeps a new one."""
        ...

    async def save(self, *models: LeadModel) -> None:
        """Writes the uses of models; those that lose a use come first."""
        ...

    async def get(self, model_id: ModelId) -> LeadModel | None:
        """One, or None."""
        ...

    async def live(self) -> LeadModel | None:
        """The one that scores, or None."""
        ...

    async def in_shadow(self) -> LeadModel | None:
        """The one in the shadow, or None."""
        ...

    async def before_live(self) -> LeadModel | None:
        """The one that the live one replaced, or None."""
        ...

    async def page(self, after: Cursor | None, size: int) -> Sequence[LeadModel]:
        """Models, newest first, after the cursor, at most `size`."""
        ...

    async def promote(self, promotion: "Promotion") -> int:
        """Records what became of a model; returns its number in the tenant's sequence."""
        ...


@dataclass(frozen=True, slots=True)
class Promotion:
    """One move of a model."""

    kind: str
    """`publish`, `roll_back`, `shadow` or `stop_shadow`."""
    model_id: ModelId
    replaced_model_id: ModelId | None
    at: datetime
    by: str
    reason: str = ""


class ModelOutbox(Protocol):
    """Facts about models that leave with the transaction."""

    def published(
        self, model: LeadModel, sequence: int, replaced: ModelId | None, *, is_rollback: bool, at: datetime
    ) -> None:
        """The model scores from now on."""
        ...

    def shadowed(self, model: LeadModel, sequence: int, *, is_stopped: bool) -> None:
        """The model scores in the shadow from now on, or no longer does."""
        ...


class ModelWork(Protocol):
    """What one transaction offers."""

    @property
    def tenant_id(self) -> TenantId: ...

    @property
    def now(self) -> datetime: ...

    @property
    def known_leads(self) -> KnownLeads: ...

    @property
    def trainings(self) -> Trainings: ...

    @property
    def models(self) -> LeadModels: ...

    @property
    def model_outbox(self) -> ModelOutbox: ...

    @property
    def timers(self) -> TimerSchedule: ...

    @property
    def audit(self) -> AuditTrail: ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class ModelUnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[ModelWork]:
        """One transaction; leaving by an exception rolls it back."""
        ...
