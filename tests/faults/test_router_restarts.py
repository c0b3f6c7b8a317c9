"""Restarts and kills of lead-routers under load: no call fails, no lead is lost, none is doubled.

`THROUGHLINE_FAULT_ROUNDS` says how many kills are played (default 9), `THROUGHLINE_FAULT_SEED` repeats their order.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc
import pytest
import pytest_asyncio

from chassis.database import Database
from load.measuring import company
from support.databases import Database as ProvisionedDatabase
from support.databases import DatabaseFactory
from support.kafka import KafkaServer
from support.killed import settings_of
from support.replicas import Replicas, replicas
from support.tokens import TokenIssuer
from support.waiting import eventually_async

from .lead_callers import Callers, all_sent, assert_each_is_there_once, received_in_topic

log = logging.getLogger(__name__)

CALLERS = 8
_ROUNDS = int(os.environ.get("THROUGHLINE_FAULT_ROUNDS", "9"))
_SEED = int(os.environ.get("THROUGHLINE_FAULT_SEED", "0")) or secrets.randbelow(1_000_000)
_REST_S = 120
pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@dataclass
class Deployment:
    """Three routers that serve, two that work, and callers."""

    serving: Replicas
    working: Replicas
    database: Database
    kafka: KafkaServer
    issuer: TokenIssuer

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[Callers]:
        """Calls go on until the block ends; then everything comes to rest and is looked at."""
        log.warning("Repeat with THROUGHLINE_FAULT_SEED=%d THROUGHLINE_FAULT_ROUNDS=%d.", _SEED, _ROUNDS)
        callers = Callers(_SEED)
        calling = asyncio.create_task(callers.run(self.serving.target, self.issuer, CALLERS))
        await callers.answered_more(100)
        yield callers
        await callers.answered_more(100)
        callers.is_over = True
        await calling
        await assert_each_is_there_once(self.database, callers)
        await eventually_async(lambda: all_sent(self.database), _REST_S, what="the outbox is sent")
        told = await asyncio.to_thread(received_in_topic, self.kafka, callers)
        assert told == dict.fromkeys(told, 1), "events were lost or doubled"
        log.warning("%d leads acknowledged, %d calls failed.", len(callers.answers), len(callers.failures))


@pytest.fixture
def router_database(durable_database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return durable_database_factory("lead_router")


@pytest_asyncio.fixture
async def deployment(
    router_database: ProvisionedDatabase,
    kafka_server: KafkaServer,
    token_issuer: TokenIssuer,
    free_port: Callable[[], int],
) -> AsyncIterator[Deployment]:
    more = {
        "KAFKA_BOOTSTRAP": kafka_server.bootstrap,
        "KAFKA_PROFILE": kafka_server.profile,
        "PEERS": json.dumps(dict.fromkeys(("pipeline", "scoring"), "127.0.0.1:1")),
        "LOG_LEVEL": "warning",
        "DRAIN_S": "1",
    }
    settings = settings_of("lead-router", router_database, token_issuer, 0, more)
    await company.found(router_database.login_url)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        serving = await enter(replicas("lead_router", settings, count=3, free_port=free_port))
        working = await enter(replicas("lead_router", settings, count=2, free_port=free_port, role="worker"))
        async with grpc.aio.insecure_channel(serving.each[0].address) as channel:
            await company.hire(channel, token_issuer.person_metadata(company.DIRECTOR_SUBJECT, company.TENANT))
        database = await enter(Database.open(router_database.login_url, service="lead-router"))
        yield Deployment(serving, working, database, kafka_server, token_issuer)


async def test_a_rolling_restart_of_three_routers_and_their_workers_fails_no_call(deployment: Deployment) -> None:
    async with deployment.under_load() as callers:
        for replica in (*deployment.serving.each, *deployment.working.each):
            await replica.restart()
            await callers.answered_more(100)

    assert Counter(map(repr, callers.failures)) == {}


async def test_routers_and_workers_killed_under_load_lose_no_lead_and_double_none(
    deployment: Deployment, record_property: Callable[[str, object], None]
) -> None:
    rng = random.Random(_SEED)
    rounds = [
        rng.choice([*deployment.serving.each, *deployment.serving.each, *deployment.working.each])
        for _ in range(_ROUNDS)
    ]

    async with deployment.under_load() as callers:
        for replica in rounds:
            await asyncio.sleep(rng.uniform(0, 0.5))
            await replica.kill()
            await callers.answered_more(20)
            replica.begin()
            await replica.up()
            await callers.answered_more(20)

    record_property("seed", _SEED)
    record_property("acknowledged", len(callers.answers))
    record_property("failed calls", dict(Counter(failure.reason for failure in callers.failures)))
