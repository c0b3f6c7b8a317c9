"""A service as a process of its own, which dies by SIGKILL where a failpoint says.

```python
with service_process("collab", settings | {"FAILPOINTS": "command.committed:1"}) as running:
    await until_killed(running, port, lambda channel: MyServiceStub(channel).DoIt(request, metadata=who, timeout=5))
```
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import grpc

from support.waiting import eventually_async

if TYPE_CHECKING:
    from support.databases import Database
    from support.tokens import TokenIssuer

PATIENCE_S = 60
"""For a process to start and to come to its failpoint, on a busy machine."""


def settings_of(
    service: str, database: Database, issuer: TokenIssuer, port: int, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Settings of a process on a real database that no broker answers, by name without the service's prefix."""
    return {
        "ENVIRONMENT": "development",
        "DATABASE_URL": database.login_url,
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "GRPC_LISTEN": f"127.0.0.1:{port}",
        "ISSUERS": issuer.setting,
        "CLIENT_ID": service,
        "CLIENT_SECRET": "secret",
        "TOKEN_URL": issuer.token_url,
        **(more or {}),
    }


@contextmanager
def service_process(service: str, settings: Mapping[str, str], *, role: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process, until the block ends.

    Args:
        service: name of its module.
        settings: by name without the service's prefix.
        role: `serve`, `worker` or `all`.
    """
    environment = {**os.environ, **{f"{service.upper()}_{name}": value for name, value in settings.items()}}
    command = [sys.executable, "-m", service, role]
    running = subprocess.Popen(command, env=environment)  # what it says is shown where the test fails
    try:
        yield running
    finally:
        running.kill()
        running.wait()


async def until_killed(
    running: subprocess.Popen[bytes], port: int, ask: Callable[[grpc.aio.Channel], Awaitable[Any]]
) -> None:
    """Asks the process again and again until it is dead; it must have died by SIGKILL."""

    async def is_dead() -> bool:
        if running.poll() is None:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                with suppress(grpc.aio.AioRpcError):  # it is not up yet, or has just died
                    await ask(channel)
        return running.poll() is not None

    await eventually_async(is_dead, PATIENCE_S, what="the process dies at its failpoint")
    assert running.returncode == -signal.SIGKILL, "it ended otherwise; what it said stands below"
