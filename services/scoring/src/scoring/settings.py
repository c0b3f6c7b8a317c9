"""Settings of scoring, read from `SCORING_…`."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="SCORING_"):
    """Nothing beyond what every service needs."""
