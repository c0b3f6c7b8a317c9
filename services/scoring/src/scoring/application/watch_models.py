"""How old the live model is, and whether its chances still come true."""

from dataclasses import dataclass

from scoring.application.model_ports import ModelUnitOfWork

_FEWEST = 30
"""Ended leads below which a drift is chance."""


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """The live model of one tenant."""

    age_s: float
    drift: float | None
    """Mean predicted chance less the share won, over ended leads that it scored; None while these are too few."""


@dataclass(frozen=True, slots=True)
class ModelWatch:
    """Looks after the live model."""

    unit_of_work: ModelUnitOfWork

    async def __call__(self) -> ModelHealth | None:
        """The health of the tenant's live model; None where none is live."""
        async with self.unit_of_work.begin() as work:
            live = await work.models.live()
            if live is None:
                return None
            scored = await work.known_leads.scored_by(live.id, live.trained_at, work.now)
            age_s = (work.now - live.trained_at).total_seconds()
        return ModelHealth(age_s, scored.mean_predicted - scored.share_won if scored.leads >= _FEWEST else None)
