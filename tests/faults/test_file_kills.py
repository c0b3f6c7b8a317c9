"""Kills the worker while it checks and removes files, and looks whether each still came to exactly one end.

`THROUGHLINE_FAULT_ROUNDS` says how many rounds `make faults` plays (default 50), `THROUGHLINE_FAULT_SEED` repeats them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import text

from support.events import outbox_records
from support.filing import TENANT, FilingDesk, a_filing_desk
from support.waiting import eventually_async
from throughline.pipeline.v1.events_pb2 import FileChanged

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

log = logging.getLogger(__name__)

PLACES = ("file.kept", "timer.handled", "file.purged")
AT_RANDOM = "a random moment"
GOOD, BAD = "需求访谈纪要。\n".encode(), b"MZ\x90\0 a program"
_ROUNDS = int(os.environ.get("THROUGHLINE_FAULT_ROUNDS", "50"))
_SEED = int(os.environ.get("THROUGHLINE_FAULT_SEED", "0")) or secrets.randbelow(1_000_000)
_DUE = text("SELECT count(*) FROM timer WHERE kind <> 'file.unreferenced' AND due_at <= clock_timestamp()")
_ARMED_S, _REST_S = 30, 60


@dataclass
class Game:
    """The desk where files come in, and the worker that checks them."""

    desk: FilingDesk
    environment: dict[str, str]

    async def round(self, place: str, rng: random.Random) -> None:
        """Sends files, has the worker killed at the place, starts another and looks at what became of them."""
        contents = [rng.choice([GOOD, BAD]) for _ in range(rng.randint(1, 3))]
        expected = {await self._sent(content): "READY" if content is GOOD else "REFUSED" for content in contents}
        armed = "" if place == AT_RANDOM else f"{place}:{rng.randint(1, len(contents))}"
        if armed.startswith("file.kept") and GOOD not in contents:
            armed = ""
        await asyncio.to_thread(self._work_until_killed, armed, rng.uniform(0.5, 3))
        with self._worker("") as second:
            await eventually_async(self._at_rest, _REST_S)
            second.kill()
        assert {file_id: (await self.desk.file(file_id))["state"] for file_id in expected} == expected
        ends = await self._ends()
        assert {file_id: ends[file_id] for file_id in expected} == dict.fromkeys(expected, 1)
        assert not [name for name in self.desk.kept() if "/upload/" in name]

    async def _sent(self, content: bytes) -> str:
        announced = await self.desk.announce(len(content))
        assert (await self.desk.send(announced["path"], content)).status_code == 200
        return str(announced["file"]["file_id"])

    def _work_until_killed(self, armed: str, random_s: float) -> None:
        with self._worker(armed) as worker:
            try:
                worker.wait(_ARMED_S if armed else random_s)
            except subprocess.TimeoutExpired:
                worker.kill()
            assert worker.wait() == -signal.SIGKILL

    def _worker(self, failpoints: str) -> subprocess.Popen[bytes]:
        environment = self.environment | {"PIPELINE_FAILPOINTS": failpoints}
        return subprocess.Popen([sys.executable, Path(__file__).with_name("file_worker.py")], env=environment)

    async def _at_rest(self) -> bool:
        async with self.desk.service.runtime.database.transaction(TENANT) as transaction:
            return not await transaction.connection.scalar(_DUE)

    async def _ends(self) -> Counter[str]:
        """How often each file was told to have come to an end."""
        records = await outbox_records(self.desk.service.runtime.database)
        changed = [record for record in records if record.headers["ce_type"].endswith("FileChanged")]
        return Counter(FileChanged.FromString(record.payload).file_id for record in changed)


@pytest.fixture
def files_database(durable_database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return durable_database_factory("pipeline")


@pytest_asyncio.fixture
async def game(files_database: ProvisionedDatabase, token_issuer: TokenIssuer, tmp_path: Path) -> AsyncIterator[Game]:
    async with a_filing_desk(files_database, token_issuer, tmp_path / "objects") as desk:
        settings = desk.service.runtime.settings
        known = {
            "ENVIRONMENT": "development",
            "DATABASE_URL": settings.database_url,
            "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "GRPC_LISTEN": settings.grpc_listen,
            "ISSUERS": token_issuer.setting,
            "CLIENT_ID": settings.client_id,
            "CLIENT_SECRET": settings.client_secret,
            "TOKEN_URL": settings.token_url,
            "PEERS": '{"lead-router": "127.0.0.1:1", "collab": "127.0.0.1:1"}',
            "OBJECTS_URL": settings.objects_url,
            "FILE_TICKET_KEY": settings.file_ticket_key,
        }
        yield Game(desk, os.environ | {f"PIPELINE_{name}": value for name, value in known.items()})


@pytest.mark.timeout(300)
@pytest.mark.faults
async def test_a_worker_killed_once_at_each_place_leaves_each_file_with_one_end(game: Game) -> None:
    rng = random.Random(3)

    for place in (*PLACES, AT_RANDOM):
        await game.round(place, rng)


@pytest.mark.faults
@pytest.mark.timeout(60 + (_ARMED_S + _REST_S) * _ROUNDS)
async def test_rounds_of_kills_leave_each_file_with_one_end(game: Game) -> None:
    log.warning("Repeat with THROUGHLINE_FAULT_SEED=%d THROUGHLINE_FAULT_ROUNDS=%d.", _SEED, _ROUNDS)
    rng, began = random.Random(_SEED), time.monotonic()

    for number in range(_ROUNDS):
        place = rng.choice([*PLACES, AT_RANDOM])
        log.warning("Round %d after %.0f s: %s.", number, time.monotonic() - began, place)
        await game.round(place, rng)
