"""Settings of scoring, read from `SCORING_…`."""

from datetime import timedelta

from pydantic import Field

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="SCORING_"):
    """What every service needs, and how long a model may score before it is trained anew."""

    retrain_after_h: float = Field(default=71, ge=1, le=72)
    """Hours from the training of the live model to the next one."""
    retrain_least_new: int = Field(default=50, ge=1)
    """Outcomes and judgements that there must be since then."""

    @property
    def retrain_after(self) -> timedelta:
        """The hours as a span."""
        return timedelta(hours=self.retrain_after_h)
