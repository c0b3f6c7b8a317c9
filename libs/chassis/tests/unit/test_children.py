"""Children of a process that talks gRPC."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import asyncio, sys
import chassis
import grpc, grpc.aio, uvloop

async def run():
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    channels = [grpc.aio.insecure_channel(f"127.0.0.1:{port}") for _ in range(8)]
    for channel in channels:
        await channel.channel_ready()
    ends = []
    for _ in range(10):
        batch = [await asyncio.create_subprocess_exec("/bin/true") for _ in range(6)]
        ends += [await child.wait() for child in batch]
    for channel in channels:
        await channel.close()
    await server.stop(0)
    print(sum(end != 0 for end in ends))

uvloop.run(run())
"""


def test_children_are_started_without_the_fork_handlers_of_grpc() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr
    assert "fork" not in done.stderr
