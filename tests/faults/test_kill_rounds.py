"""Kills a worker at every failpoint and at random moments, starts it anew, and looks whether all promises were kept.

`THROUGHLINE_FAULT_ROUNDS` says how many rounds `make faults` plays (default 50), `THROUGHLINE_FAULT_SEED` repeats them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from chassis.database import Database
from support.databases import Database as ProvisionedDatabase
from support.databases import DatabaseFactory
from support.kafka import KafkaServer
from support.ledger import SERVICE, append_all, ledger_schema
from support.ledger_checks import assert_promises_kept
from support.ledger_worker import LedgerWorker, WorkerPlan

log = logging.getLogger(__name__)  # pytest shows what is logged where a test fails

PLACES = (
    "relay.claimed",
    "relay.sent",
    "inbox.applied",
    "consumer.before_commit",
    "timer.handled",
    "sealer.before_commit",
)
AT_RANDOM = "a random moment"
_ROUNDS = int(os.environ.get("THROUGHLINE_FAULT_ROUNDS", "50"))
_SEED = int(os.environ.get("THROUGHLINE_FAULT_SEED", "0")) or secrets.randbelow(1_000_000)
_KEYS = 8
_ARMED_S = 40
"""How long a round waits for the worker to reach its failpoint before it is killed wherever it is."""
_REST_S = 90
"""How long the next worker may take to bring everything to rest."""


@dataclass
class Game:
    """The ledger's database, its worker process of the moment, and what was appended so far."""

    ledger: Database
    plan: WorkerPlan
    worker: LedgerWorker
    events: list[tuple[str, int]] = field(default_factory=list)
    died_at: list[str] = field(default_factory=list)
    _versions: dict[str, int] = field(default_factory=dict)

    async def round(self, place: str, rng: random.Random) -> None:
        """Arms the worker, gives it events until it is dead, starts another one and waits until all is done."""
        if place != AT_RANDOM:
            self.worker.arm(f"{place}:{rng.randint(1, 3)}")
        kill_at = time.monotonic() + (rng.uniform(0, 1.5) if place == AT_RANDOM else _ARMED_S)
        pause_s = 0.02
        while self.worker.is_alive and time.monotonic() < kill_at:
            await self._append(rng)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.1, 1)  # a busy machine gets time rather than ever more events
        died_there = not self.worker.is_alive
        if not died_there:
            await asyncio.to_thread(self.worker.kill)
        assert self.worker.exit_status == -signal.SIGKILL
        self.died_at.append(place if died_there else AT_RANDOM)
        self.worker = await asyncio.to_thread(LedgerWorker, self.plan)
        await assert_promises_kept(self.ledger, self.plan.consumer, self.events, timeout_s=_REST_S)

    async def _append(self, rng: random.Random) -> None:
        """A few events in one transaction."""
        new = []
        for _ in range(rng.randint(1, 8)):
            key = f"key-{rng.randrange(_KEYS)}"
            self._versions[key] = self._versions.get(key, 0) + 1
            new.append((key, self._versions[key]))
        await append_all(self.ledger, new, aggregate=self.plan.aggregate)
        self.events += new


@pytest.fixture
def ledger_database(durable_database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return durable_database_factory(SERVICE, migrate=ledger_schema, schema="ledger")


@pytest_asyncio.fixture
async def game(ledger_database: ProvisionedDatabase, kafka_server: KafkaServer) -> AsyncIterator[Game]:
    aggregate = f"ledger_{secrets.token_hex(5)}"
    is_embedded = kafka_server.profile == "embedded"
    consumer = f"pipeline.{aggregate}"
    plan = WorkerPlan(ledger_database.login_url, kafka_server.bootstrap, is_embedded, aggregate, consumer)
    async with Database.open(ledger_database.login_url, service=SERVICE) as ledger:
        running = Game(ledger, plan, await asyncio.to_thread(LedgerWorker, plan))
        yield running
        await asyncio.to_thread(running.worker.kill)


@pytest.mark.timeout(600)
async def test_a_worker_killed_once_at_each_place_loses_nothing_and_does_nothing_twice(game: Game) -> None:
    rng = random.Random(1)

    for place in (*PLACES, AT_RANDOM):
        await game.round(place, rng)

    assert game.died_at == [*PLACES, AT_RANDOM]


@pytest.mark.faults
@pytest.mark.timeout(60 + (_ARMED_S + _REST_S) * _ROUNDS)
async def test_rounds_of_kills_lose_nothing_and_do_nothing_twice(
    game: Game, record_property: Callable[[str, object], None]
) -> None:
    log.warning("Repeat with THROUGHLINE_FAULT_SEED=%d THROUGHLINE_FAULT_ROUNDS=%d.", _SEED, _ROUNDS)
    record_property("seed", _SEED)
    rng = random.Random(_SEED)
    places = [(*PLACES, AT_RANDOM)[number % (len(PLACES) + 1)] for number in range(_ROUNDS)]
    rng.shuffle(places)

    for number, place in enumerate(places, start=1):
        log.warning("Round %d: %s, %d events so far.", number, place, len(game.events))
        await game.round(place, rng)

    assert sum(place != AT_RANDOM for place in game.died_at) >= 0.8 * sum(place != AT_RANDOM for place in places)
    record_property("events", len(game.events))
