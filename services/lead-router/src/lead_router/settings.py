"""Settings of the lead-router, read from `LEAD_ROUTER_…`."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="LEAD_ROUTER_"):
    """Nothing beyond what every service needs."""
