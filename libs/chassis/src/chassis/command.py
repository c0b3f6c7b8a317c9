"""The command line of a service: `python -m <service> serve|worker|all|migrate|healthcheck`.

Each role loads only what it needs. A migration that loaded the whole service would take three seconds of processor
time instead of one, five times at the first start of a suite.
"""

import asyncio
import sys
from importlib import import_module

from chassis.settings import MigrationSettings, ServiceSettings, SettingsInvalid

ROLES = ("serve", "worker", "all", "migrate", "healthcheck")
_OF_TERMINALS = ("pygments", "rich")


def run(settings_type: type[ServiceSettings]) -> None:
    """Reads the settings, takes the role from the command line and runs it; exits with a status for the shell.

    What serves and works is made by `build` of the service's module `wiring`.
    """
    role = sys.argv[1] if len(sys.argv) == 2 else ""
    if role not in ROLES:
        sys.exit(f"usage: python -m {settings_type.model_config.get('env_prefix', '').lower()[:-1]} {'|'.join(ROLES)}")
    _leave_out_terminals()
    try:
        if role == "migrate":
            _migrate(settings_type.model_config.get("env_prefix", ""))
            return
        settings = settings_type.load()
    except SettingsInvalid as fault:
        sys.exit(str(fault))
    import_module("chassis.logs").configure(settings.service, settings.log_level)
    if role == "healthcheck":
        sys.exit(0 if asyncio.run(_is_ready(settings)) else "not ready")
    _run_process(settings, role)


def _leave_out_terminals() -> None:
    """Keeps out what httpx and structlog load wherever it is installed, as beside our command line: 5 MB, unused."""
    for name in _OF_TERMINALS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None is how an import is told to fail


async def _is_ready(settings: ServiceSettings) -> bool:
    from chassis.channels import probe  # noqa: PLC0415 - see the module

    return await probe(settings.probe_listen or settings.grpc_listen, "readiness")


def _migrate(prefix: str) -> None:
    settings = MigrationSettings.load(prefix)
    package = prefix.rstrip("_").lower()
    import_module("chassis.logs").configure(package.replace("_", "-"), settings.log_level)
    from chassis.migrations import migrate  # noqa: PLC0415 - see the module

    asyncio.run(migrate(settings.owner_database_url, package))


def _run_process(settings: ServiceSettings, role: str) -> None:
    wiring = import_module(f"{settings.import_name}.wiring")
    process = import_module("chassis.process")
    process.run(settings, wiring.build, serves=role != "worker", works=role != "serve")
