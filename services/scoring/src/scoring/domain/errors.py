"""Why a question or a change is refused."""

from collections.abc import Sequence

from chassis.errors import Invalid, Refused, Violation
from scoring.domain.ids import ModelId, TrainingId


class TrainingInProgress(Refused):
    """Another training of the tenant waits or runs."""

    reason = "TRAINING_IN_PROGRESS"

    def __init__(self, training_id: TrainingId) -> None:
        super().__init__(f"Training {training_id} has not ended yet.", training_id=training_id)


class ModelStateForbids(Refused):
    """The model is in a state that forbids the move."""

    reason = "MODEL_STATE_FORBIDS"

    def __init__(self, model_id: ModelId, state: str, move: str) -> None:
        message = f"Model {model_id} is {state}: it refuses {move}."
        super().__init__(message, model_id=model_id, state=state, move=move)


class ModelWorse(Refused):
    """The model predicted the judged leads worse than the live one."""

    reason = "MODEL_WORSE"

    def __init__(self, model_id: ModelId, log_loss: float, live_model_id: ModelId, live_log_loss: float) -> None:
        told, live = f"{log_loss:.4f}", f"{live_log_loss:.4f}"
        super().__init__(
            f"Model {model_id} has a log loss of {told} where live model {live_model_id} has {live}.",
            model_id=model_id,
            log_loss=told,
            live_model_id=live_model_id,
            live_log_loss=live,
        )


class ModelNotCompared(Refused):
    """The model was compared with another than the live one."""

    reason = "MODEL_NOT_COMPARED"

    def __init__(self, model_id: ModelId, live_model_id: ModelId) -> None:
        message = f"Model {model_id} was not compared with live model {live_model_id}; train it anew."
        super().__init__(message, model_id=model_id, live_model_id=live_model_id)


class NoEarlierModel(Refused):
    """No model was live before the present one."""

    reason = "NO_EARLIER_MODEL"

    def __init__(self) -> None:
        super().__init__("No model was live before the present one.")


class MetricInvalid(Invalid):
    """A definition has faults; all of them are listed."""

    reason = "METRIC_INVALID"

    def __init__(self, metric_code: str, violations: Sequence[Violation]) -> None:
        super().__init__(violations, metric_code=metric_code)


class MetricNotCounted(Refused):
    """The warehouse does not count what the metric is made of; another call answers it."""

    reason = "METRIC_NOT_COUNTED"

    def __init__(self, metric_code: str, answered_by: str) -> None:
        super().__init__(
            f"{metric_code} is answered by {answered_by}.", metric_code=metric_code, answered_by=answered_by
        )
