"""One training of a model: ordered, run in the background, ended with a model or with a reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scoring.domain.ids import ModelId, TrainingId

TOO_LITTLE_DATA, INTERRUPTED, FAULT = "TOO_LITTLE_DATA", "INTERRUPTED", "FAULT"
"""Why a training fails."""
LEAST_PER_CLASS = 100
"""Won and lost leads that there must be to learn from, unless an order says otherwise."""
JUDGED_SHARE_PCT = 30
_MOST_ATTEMPTS = 3


class TrainingState(StrEnum):
    """How far it is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Source(StrEnum):
    """Where to learn from."""

    ALL = ""
    IMPORTED = "imported"
    OUTCOMES = "outcomes"


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What is to be trained."""

    source: Source = Source.ALL
    excluded_fields: tuple[str, ...] = ()
    least_per_class: int = LEAST_PER_CLASS
    judged_share_pct: int = JUDGED_SHARE_PCT
    publishes: bool = False
    """Whether the model is published when it is not worse than the live one: the retraining that nobody waits for."""


@dataclass(slots=True, kw_only=True)
class ModelTraining:
    """One training."""

    id: TrainingId
    order: TrainingOrder
    ordered_at: datetime
    ordered_by: str
    state: TrainingState = TrainingState.QUEUED
    ended_at: datetime | None = None
    attempts: int = 0
    model_id: ModelId | None = None
    failure: str = ""
    figures: Mapping[str, int] = field(default_factory=dict)

    def begin(self, *, at: datetime) -> bool:
        """Begins, or begins again what a stopped process left in the middle; False where that happened too often."""
        if self.attempts >= _MOST_ATTEMPTS:
            self.fail(INTERRUPTED, {"attempts": self.attempts}, at=at)
            return False
        self.state = TrainingState.RUNNING
        self.attempts += 1
        return True

    def succeed(self, model_id: ModelId, *, at: datetime) -> None:
        """Ends with a model."""
        self.state, self.model_id, self.ended_at = TrainingState.SUCCEEDED, model_id, at

    def fail(self, failure: str, figures: Mapping[str, int], *, at: datetime) -> None:
        """Ends without one."""
        self.state, self.failure, self.figures, self.ended_at = TrainingState.FAILED, failure, figures, at

    def is_same_run(self, other: "ModelTraining") -> bool:
        """Whether nobody else has begun it again meanwhile."""
        return self.state is TrainingState.RUNNING and self.attempts == other.attempts
