"""A lead-router to load: a process of its own, as it is deployed, on a PostgreSQL of its own with fsync on."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil

from embedded import ports
from embedded.postgres import PostgresServer, version
from load.measuring import company
from support.databases import Database, DatabaseFactory
from support.postgres import shared_server
from support.shared import SharedFolder
from support.tokens import Metadata, TokenIssuer

_READY_S = 240.0
_STOP_S = 20.0


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server under load."""

    name: str
    address: str
    process: psutil.Process
    samples: Path

    def processor_s(self) -> float:
        """Processor time it has taken so far, in seconds."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that a measurement of the router needs."""

    issuer: TokenIssuer
    database: Database
    postgres: PostgresServer
    folder: Path
    stack: ExitStack
    shared: SharedFolder

    @property
    def metadata(self) -> Metadata:
        """Of the director's calls."""
        return self.issuer.person_metadata(company.DIRECTOR_SUBJECT, company.TENANT)

    def router(self) -> ServerProcess:
        """`python -m lead_router serve`, ready, with its company."""
        server = self._start("router", "lead_router", "serve")
        asyncio.run(self._hire(server.address))
        return server

    def echo_behind_chassis(self) -> ServerProcess:
        """The echo as a service of the chassis."""
        return self._start("chassis", "load.measuring.echo", "serve")

    def bare_echo(self) -> ServerProcess:
        """The echo on grpc.aio alone."""
        return self._start("bare", "load.measuring.echo", "bare")

    def postgres_processor_s(self) -> float:
        """Processor time that PostgreSQL with all its processes has taken so far, in seconds."""
        found = self.postgres.process
        total = 0.0
        if found is not None:
            parent = psutil.Process(found.pid)
            for process in [parent, *parent.children()]:
                try:
                    times = process.cpu_times()
                except psutil.NoSuchProcess:
                    continue  # an autovacuum worker that has just ended
                total += times.user + times.system
        return total

    async def _hire(self, address: str) -> None:
        await company.found(self.database.login_url)
        async with grpc.aio.insecure_channel(address) as channel:
            await company.hire(channel, self.metadata)

    def _start(self, name: str, module: str, role: str) -> ServerProcess:
        port = ports.assign(self.folder, [name])[name]
        address, samples = f"{ports.HOST}:{port}", self.folder / f"{name}.samples"
        arguments = [role, address] if role == "bare" else [role]
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", "load.measuring.sampled", str(samples), module, *arguments],
            env=os.environ | self._settings(address) | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            stdout=log,
            stderr=log,
        )
        self.stack.callback(_end, process)
        _await_ready(address, process, self.folder / f"{name}.log")
        return ServerProcess(name, address, psutil.Process(process.pid), samples)

    def _settings(self, address: str) -> dict[str, str]:
        settings = {
            "ENVIRONMENT": "development",
            "DATABASE_URL": self.database.login_url,
            "KAFKA_BOOTSTRAP": f"{ports.HOST}:1",  # the role `serve` sends no events; they stay in the outbox
            "GRPC_LISTEN": address,
            "ISSUERS": self.issuer.setting,
            "CLIENT_ID": "lead-router",
            "CLIENT_SECRET": "unused",
            "TOKEN_URL": self.issuer.token_url,
            "METRICS_LISTEN": f"{ports.HOST}:0",
            "LOG_LEVEL": "warning",
            "DRAIN_S": "0",
            "PEERS": json.dumps(dict.fromkeys(("pipeline", "scoring"), f"{ports.HOST}:1")),
        }
        return {f"LEAD_ROUTER_{name}": value for name, value in settings.items()}


@contextmanager
def bench() -> Iterator[Bench]:
    """PostgreSQL with fsync on, a migrated database of the router, and an issuer of tokens; all gone at the end."""
    with ExitStack() as stack:
        shared = SharedFolder.make()
        stack.callback(shared.close)
        postgres = shared_server(shared, durable=True)
        factory = DatabaseFactory(postgres, shared)
        stack.callback(factory.close)
        database = factory("lead_router")
        issuer = stack.enter_context(TokenIssuer.start())
        yield Bench(issuer, database, postgres, shared.path, stack, shared)


def machine() -> str:
    """What it was measured on."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"{platform.machine()}, {cores} cores shared by servers, PostgreSQL {version()} (fsync on) and callers; "
        f"Python {platform.python_version()}; load average {load:.1f} at the end"
    )


def _await_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    async def answers() -> bool:
        async with grpc.aio.insecure_channel(address) as channel:
            try:
                await asyncio.wait_for(channel.channel_ready(), 1)
            except TimeoutError:
                return False
            return True

    until = time.monotonic() + _READY_S
    while not asyncio.run(answers()):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server did not come up:\n{log.read_text(encoding='utf-8')[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
