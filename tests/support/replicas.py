"""Replicas of one service, each a process of its own, that are stopped, killed and started again on their ports.

```python
async with replicas("lead_router", settings, count=3, free_port=free_port) as three:
    channel = Channels({"lead-router": three.target}).to("lead-router")
    await three.each[0].restart()
```
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chassis.channels import probe
from embedded import ports
from support.waiting import eventually_async

_PATIENCE_S = 90
"""For a process to come up or to end, on a busy machine."""


@dataclass
class Replica:
    """One process, whichever runs at the moment."""

    module: str
    role: str
    port: int
    settings: Mapping[str, str]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        """`host:port` of its gRPC server."""
        return f"{ports.HOST}:{self.port}"

    def begin(self) -> None:
        """Starts the process; `up` waits for it."""
        prefix = self.module.upper()
        own = {f"{prefix}_{name}": value for name, value in self.settings.items()}
        own[f"{prefix}_GRPC_LISTEN"] = self.address
        command = [sys.executable, "-m", self.module, self.role]
        self._process = subprocess.Popen(command, env=os.environ | own)  # what it says is shown where the test fails

    async def up(self) -> None:
        """Waits until it is ready."""

        async def is_ready() -> bool:
            assert self._running.poll() is None, f"it ended with {self._running.poll()}"
            return await probe(self.address, "readiness")

        await eventually_async(is_ready, _PATIENCE_S, what=f"{self.module} {self.role} becomes ready")

    async def stop(self) -> int:
        """Sends SIGTERM, as a rollout does, and waits; the exit status."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Sends SIGKILL and waits until it is gone."""
        assert await self._end(signal.SIGKILL) == -signal.SIGKILL

    async def restart(self) -> None:
        """Stops it in good order and starts its successor, which is ready afterwards."""
        assert await self.stop() == 0, "it did not stop in good order"
        self.begin()
        await self.up()

    def clear_away(self) -> None:
        """Kills what still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "it was never started"
        return self._process

    async def _end(self, number: signal.Signals) -> int:
        self._running.send_signal(number)
        return await asyncio.to_thread(self._running.wait, _PATIENCE_S)


@dataclass(frozen=True)
class Replicas:
    """Several of one service."""

    each: Sequence[Replica]

    @property
    def target(self) -> str:
        """All of them as one gRPC target, as a headless service's name resolves in a cluster."""
        return "ipv4:" + ",".join(replica.address for replica in self.each)


@asynccontextmanager
async def replicas(
    module: str, settings: Mapping[str, str], *, count: int, free_port: Callable[[], int], role: str = "serve"
) -> AsyncIterator[Replicas]:
    """So many replicas, ready; killed when the block ends.

    Args:
        module: import name of the service.
        settings: by name without the service's prefix; each replica has an address of its own beside.
        count: how many.
        free_port: the fixture.
        role: `serve`, `worker` or `all`.
    """
    made = Replicas([Replica(module, role, free_port(), settings) for _ in range(count)])
    try:
        for replica in made.each:
            replica.begin()
        for replica in made.each:
            await replica.up()
        yield made
    finally:
        for replica in made.each:
            replica.clear_away()
