"""Settings of the pipeline, read from `PIPELINE_…`."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="PIPELINE_"):
    """Nothing beyond what every service needs."""
