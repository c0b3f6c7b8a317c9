"""Kills whoever takes, checks or removes files, and looks whether each still came to exactly one end.

`THROUGHLINE_FAULT_ROUNDS` says how many rounds `make faults` plays (default 50), `THROUGHLINE_FAULT_SEED` repeats them.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
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
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from PIL import Image
from sqlalchemy import text

from chassis.clock import BusinessClock
from chassis.files.object_store import PIECE_BYTES
from support.events import outbox_records
from support.filing import TENANT, FilingDesk, a_filing_desk
from support.waiting import eventually_async
from throughline.pipeline.v1.events_pb2 import FileChanged

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

log = logging.getLogger(__name__)

PLACES = ("file.child", "file.content_kept", "file.kept", "timer.handled", "file.purged")
AT_RANDOM = "a random moment"
GOOD, BAD = "需求访谈纪要。\n".encode(), b"MZ\x90\0 a program"
LONG = GOOD * (2 * PIECE_BYTES // len(GOOD) + 1)
"""Three pieces."""
UPLOADS = {"upload.piece:1": PIECE_BYTES, "upload.piece:2": 2 * PIECE_BYTES, "upload.whole:1": len(LONG)}
"""Where a gateway dies that takes `LONG`, and how many bytes are here then."""
_ROUNDS = int(os.environ.get("THROUGHLINE_FAULT_ROUNDS", "50"))
_SEED = int(os.environ.get("THROUGHLINE_FAULT_SEED", "0")) or secrets.randbelow(1_000_000)
_DUE = text("SELECT count(*) FROM timer WHERE kind <> 'file.unreferenced' AND due_at <= clock_timestamp()")
_ARMED_S, _REST_S = 60, 90


@dataclass
class Game:
    """The desk where files come in, and the worker that checks them."""

    desk: FilingDesk
    environment: dict[str, str]
    died_at: list[str] = field(default_factory=list)

    async def round(self, place: str, rng: random.Random) -> None:
        """Sends files, has the worker killed at the place, starts another and looks at what became of them."""
        contents = [rng.choice([GOOD, BAD, PICTURE]) for _ in range(rng.randint(1, 3))]
        if place == "file.content_kept":
            contents[0] = PICTURE
        expected = {await self._sent(content): "REFUSED" if content is BAD else "READY" for content in contents}
        reached = contents.count(PICTURE) if place == "file.content_kept" else len(contents)
        armed = "" if place == AT_RANDOM else f"{place}:{rng.randint(1, reached)}"
        died_there = await asyncio.to_thread(self._work_until_killed, armed, rng.uniform(0.5, 3))
        self.died_at.append(place if died_there else AT_RANDOM)
        with self._worker("") as second:
            await eventually_async(self._at_rest, _REST_S)
            second.kill()
        assert {file_id: (await self.desk.file(file_id))["state"] for file_id in expected} == expected
        ends = await self._ends()
        assert {file_id: ends[file_id] for file_id in expected} == dict.fromkeys(expected, 1)
        assert not [name for name in self.desk.kept() if "/upload/" in name]

    async def upload_round(self, place: str) -> None:
        """Has a gateway killed while it takes an upload; the sender goes on where that ended, with another one."""
        announced = await self.desk.announce(len(LONG))
        path, file_id = announced["path"], announced["file"]["file_id"]
        await asyncio.to_thread(self._send_until_killed, path, place)

        looked = await self.desk.http.head(path, headers=self.desk.as_("anna"))
        offset = int(looked.headers["upload-offset"])
        assert offset == UPLOADS[place]
        rest = {"content_range": f"bytes {offset}-{len(LONG) - 1}/{len(LONG)}"} if offset < len(LONG) else {}
        assert (await self.desk.send(path, LONG[offset:], **rest)).status_code == 200
        await self.desk.settle()

        file = await self.desk.file(file_id)
        assert (file["state"], file["sha256"]) == ("READY", hashlib.sha256(LONG).hexdigest())
        assert (await self._ends())[file_id] == 1
        assert not [name for name in self.desk.kept() if "/upload/" in name]

    async def removal_round(self, place: str) -> None:
        """Lets a file to which nothing refers grow old, and has the worker killed that removes it."""
        file_id = await self._sent(PICTURE)
        await self.desk.settle()
        clock = BusinessClock(self.desk.service.runtime.database, is_movable=True)
        await clock.move((await clock.read())[0] + timedelta(hours=25), hold_timers=False)
        assert await asyncio.to_thread(self._work_until_killed, f"{place}:1", 0)

        async def is_gone() -> bool:
            return (await self.desk.file(file_id))["state"] == "REMOVED" and not self.desk.kept()

        with self._worker("") as second:
            await eventually_async(is_gone, _REST_S)
            second.kill()
        assert (await self._ends())[file_id] == 2, "checked once and removed once"

    def _send_until_killed(self, path: str, place: str) -> None:
        content = self.desk.objects.parent / "content"
        content.write_bytes(LONG)
        bearer = self.desk.as_("anna")["authorization"].removeprefix("Bearer ")
        folder = Path(__file__).parent
        script = folder / "upload_worker.py"
        environment = self.environment | {"PIPELINE_FAILPOINTS": place, "PYTHONPATH": str(folder.parent)}
        command = [sys.executable, str(script), self.desk.service.address, path, bearer, str(content)]
        assert subprocess.run(command, env=environment, timeout=_ARMED_S, check=False).returncode == -signal.SIGKILL

    async def _sent(self, content: bytes) -> str:
        announced = await self.desk.announce(len(content))
        assert (await self.desk.send(announced["path"], content)).status_code == 200
        return str(announced["file"]["file_id"])

    def _work_until_killed(self, armed: str, random_s: float) -> bool:
        """Whether it died at its failpoint, not by our hand after a while."""
        with self._worker(armed) as worker:
            died_there = True
            try:
                worker.wait(_ARMED_S if armed else random_s)
            except subprocess.TimeoutExpired:
                died_there = False
                worker.kill()
            assert worker.wait() == -signal.SIGKILL
            return died_there

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


def _picture() -> bytes:
    image = io.BytesIO()
    Image.effect_noise((600, 400), 60).save(image, "PNG")
    return image.getvalue()


PICTURE = _picture()
"""Kept with a thumbnail."""


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

    assert game.died_at == [*PLACES, AT_RANDOM]


@pytest.mark.timeout(300)
@pytest.mark.faults
@pytest.mark.parametrize("place", UPLOADS)
async def test_an_upload_goes_on_where_a_killed_gateway_ended(game: Game, place: str) -> None:
    await game.upload_round(place)


@pytest.mark.timeout(300)
@pytest.mark.faults
@pytest.mark.parametrize("place", ["timer.handled", "file.purged"])
async def test_a_file_that_nothing_refers_to_is_removed_once_whoever_is_killed(game: Game, place: str) -> None:
    await game.removal_round(place)


@pytest.mark.faults
@pytest.mark.timeout(60 + (_ARMED_S + _REST_S) * _ROUNDS)
async def test_rounds_of_kills_leave_each_file_with_one_end(game: Game) -> None:
    log.warning("Repeat with THROUGHLINE_FAULT_SEED=%d THROUGHLINE_FAULT_ROUNDS=%d.", _SEED, _ROUNDS)
    rng, began = random.Random(_SEED), time.monotonic()

    places = [rng.choice([*PLACES, AT_RANDOM]) for _ in range(_ROUNDS)]
    for number, place in enumerate(places):
        log.warning("Round %d after %.0f s: %s.", number, time.monotonic() - began, place)
        await game.round(place, rng)

    armed = _ROUNDS - places.count(AT_RANDOM)
    assert sum(place != AT_RANDOM for place in game.died_at) >= 0.8 * armed
