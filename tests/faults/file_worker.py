"""A worker of the pipeline that does nothing but run its deadlines; its settings come from the environment."""

from __future__ import annotations

import asyncio

from chassis.failpoints import failpoints
from chassis.runtime import open_runtime
from chassis.timer_runner import TimerRunner
from pipeline.settings import Settings
from pipeline.wiring import build


async def main() -> None:
    settings = Settings.load()
    failpoints.arm(settings.failpoints)
    async with open_runtime(settings) as runtime:
        service = await build(runtime)
        await TimerRunner(runtime.database, {kind.name: kind for kind in service.timer_kinds}).run()


if __name__ == "__main__":
    asyncio.run(main())
