"""Train the live model anew before it grows old, where there is anything new to learn (SC-22)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scoring.application.model_ports import ModelUnitOfWork
from scoring.application.publish_model import RETRAIN, RETRAIN_AFTER
from scoring.application.train_model import ordered
from scoring.domain.errors import TrainingInProgress
from scoring.domain.model_training import TrainingOrder

_LOOK_AGAIN_AFTER = timedelta(hours=24)
"""Where there was too little to learn, or the new model was worse."""


@dataclass(frozen=True, slots=True)
class Retrainer:
    """Orders a training that publishes its model by itself when it is not worse."""

    unit_of_work: ModelUnitOfWork
    retrain_after: timedelta = RETRAIN_AFTER
    least_new: int = 50
    """Outcomes and judgements since the live model was trained; fewer teach nothing."""

    async def __call__(self, due_at: datetime) -> None:
        """To be called when the timer rings, in its transaction.

        Args:
            due_at: when it was due; the next look counts from there.
        """
        async with self.unit_of_work.begin() as work:
            live = await work.models.live()
            if live is None:
                return
            await work.timers.set(RETRAIN, "live", due_at + _LOOK_AGAIN_AFTER, {})
            if await work.known_leads.ended_since(live.trained_at) < self.least_new:
                return
            try:
                await ordered(work, TrainingOrder(publishes=True))
            except TrainingInProgress:
                return  # That one reads the same leads.
