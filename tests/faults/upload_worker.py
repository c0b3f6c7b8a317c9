"""A gateway that takes one upload and dies at its failpoint; settings of the pipeline come from the environment.

Arguments: `host:port` of the pipeline, path of the upload, bearer token of the sender, file with the content.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from chassis.failpoints import failpoints
from chassis.runtime import open_runtime
from pipeline.settings import Settings
from support.filing import a_front


async def main(target: str, path: str, bearer: str, content: str) -> None:
    settings = Settings.load()
    failpoints.arm(settings.failpoints)
    async with open_runtime(settings) as runtime, a_front(runtime, target) as http:
        headers = {"authorization": f"Bearer {bearer}"}
        await http.put(path, content=await asyncio.to_thread(Path(content).read_bytes), headers=headers)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
