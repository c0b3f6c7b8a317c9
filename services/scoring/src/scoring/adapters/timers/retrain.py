"""The age of the live model as a kind of timer."""

from chassis.timers import Timer, TimerKind
from scoring.application.publish_model import RETRAIN
from scoring.application.retrain_model import Retrainer


def retraining(retrain: Retrainer) -> TimerKind:
    """What is done when the live model has grown old."""

    async def handle(timer: Timer) -> None:
        await retrain(timer.due_at)

    return TimerKind(RETRAIN, handle)
