"""Makes the roles and the database of every service, as a platform does in production. May be repeated."""

import asyncio
import json
import time
from pathlib import Path

import asyncpg

from chassis.provision import provision

SECRETS = Path("/run/secrets")
_PATIENCE_S = 120


async def main() -> None:
    password = (SECRETS / "postgres-password").read_text()
    server = f"postgresql://postgres:{password}@postgres:5432/postgres"
    await _answering(server)
    for service, passwords in json.loads((SECRETS / "databases").read_text()).items():
        await provision(server, service, owner_password=passwords["owner"], login_password=passwords["login"])


async def _answering(server: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            await (await asyncpg.connect(server)).close()
        except (OSError, asyncpg.exceptions.PostgresError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.5)
        else:
            return


asyncio.run(main())
