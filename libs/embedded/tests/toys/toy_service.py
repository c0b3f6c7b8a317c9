"""A service for the tests of the supervisor: answers gRPC health, ends on SIGTERM, and has a few bad habits on demand.

Usage: toy_service.py serve PORT [--never-ready] [--end-with STATUS] | toy_service.py migrate FILE
"""

from __future__ import annotations

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


def _say(words: str) -> None:
    sys.stdout.write(f"toy: {words}\n")
    sys.stdout.flush()


def serve(port: int, habits: list[str]) -> int:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if "--end-with" in habits:
        _say("the setting TOY_COLOUR is missing")
        return int(habits[habits.index("--end-with") + 1])
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=[("grpc.so_reuseport", 0)])
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    serving, not_serving = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
    servicer.set("readiness", not_serving if "--never-ready" in habits else serving)
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    _say(f"serving on {port}")
    stop.wait()
    server.stop(grace=1).wait()
    _say("ended in good order")
    return 0


def migrate(record: Path) -> int:
    """Adds a line to a file, so that a test can count the migrations."""
    with record.open("a", encoding="utf-8") as file:
        file.write("migrated\n")
    return 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", port, *habits]:
            sys.exit(serve(int(port), habits))
        case ["migrate", record]:
            sys.exit(migrate(Path(record)))
        case _:
            sys.exit(2)
