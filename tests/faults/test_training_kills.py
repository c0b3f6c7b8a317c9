"""Kills a training at each of its failpoints; the next process must end it, with one model and one event."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.every_tenant import on_behalf_of
from chassis.ids import TenantId
from chassis.unit_of_work import UnitOfWork
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.application.model_ports import KnownLead
from scoring.application.train_model import TrainingDesk
from scoring.domain.model_training import TrainingOrder
from support.databases import DatabaseFactory
from support.training_process import run_and_die, run_training

pytestmark = pytest.mark.faults

TENANT = TenantId("01900000-0000-7000-8000-00000000000a")


def _lead(at: int) -> KnownLead:
    fields = {"source": "referral" if at % 3 else "expo", "form.visits": str(at % 17)}
    return KnownLead(str(at), fields, float(at % 5 < at % 3), None)


@pytest.fixture
async def database(database_factory: DatabaseFactory) -> AsyncIterator[Database]:
    async with Database.open(database_factory("scoring").login_url, service="scoring", pool_size=3) as database:
        yield database


@pytest.mark.parametrize("place", ["training.begun", "training.computed", "training.ended"])
async def test_a_killed_training_is_ended_once_by_the_next_process(database: Database, place: str) -> None:
    with on_behalf_of(TENANT, "test", service="scoring"):
        desk = TrainingDesk(UnitOfWork(database, PostgresWork))
        await desk.take_examples([_lead(at) for at in range(600)])
        await desk.order(TrainingOrder(least_per_class=30, publishes=True))
    url = database.engine.url.render_as_string(hide_password=False)
    victim = multiprocessing.get_context("spawn").Process(target=run_and_die, args=(url, TENANT, place))

    victim.start()
    await asyncio.to_thread(victim.join, 120)
    await run_training(database, TENANT)
    await run_training(database, TENANT)

    assert victim.exitcode == -signal.SIGKILL
    async with database.transaction(TENANT) as work:
        found = (await work.connection.execute(text("SELECT state, attempts, model_id FROM model_training"))).one()
        models = (await work.connection.execute(text("SELECT id, state FROM lead_model"))).all()
        events = await work.connection.scalar(text("SELECT count(*) FROM outbox WHERE aggregate = 'lead_model'"))
    assert (found.state, found.attempts) == ("succeeded", 1 if place == "training.ended" else 2)
    assert [(model.id, model.state) for model in models] == [(found.model_id, "live")]
    assert events == 1
