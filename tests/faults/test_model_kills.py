"""Kills a training and the taking over of a model at each failpoint; the next process must end it, once."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Callable

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.every_tenant import on_behalf_of
from chassis.ids import TenantId, new_id
from chassis.unit_of_work import UnitOfWork
from lead_router.application.model_ports import LIVE, Announcement
from scorecard import digest
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.application.model_ports import KnownLead
from scoring.application.train_model import TrainingDesk
from scoring.domain.model_training import TrainingOrder
from support.databases import DatabaseFactory
from support.model_processes import CARD, fetch_and_die, follower, train, train_and_die

pytestmark = pytest.mark.faults

TENANT = TenantId("01900000-0000-7000-8000-00000000000a")


def _lead(at: int) -> KnownLead:
    fields = {"source": "referral" if at % 3 else "expo", "form.visits": str(at % 17)}
    return KnownLead(str(at), fields, float(at % 5 < at % 3), None)


async def _dies(work: Callable[[str, TenantId, str], None], database: Database, place: str) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    victim = multiprocessing.get_context("spawn").Process(target=work, args=(url, TENANT, place))
    victim.start()
    await asyncio.to_thread(victim.join, 120)
    assert victim.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("place", ["training.begun", "training.computed", "training.ended"])
async def test_a_killed_training_is_ended_once_by_the_next_process(
    database_factory: DatabaseFactory, place: str
) -> None:
    async with Database.open(database_factory("scoring").login_url, service="scoring", pool_size=3) as database:
        with on_behalf_of(TENANT, "test", service="scoring"):
            desk = TrainingDesk(UnitOfWork(database, PostgresWork))
            await desk.take_examples([_lead(at) for at in range(600)])
            await desk.order(TrainingOrder(least_per_class=30, publishes=True))

        await _dies(train_and_die, database, place)
        await train(database, TENANT)
        await train(database, TENANT)

        async with database.transaction(TENANT) as work:
            found = (await work.connection.execute(text("SELECT state, attempts, model_id FROM model_training"))).one()
            models = (await work.connection.execute(text("SELECT id, state FROM lead_model"))).all()
            events = await work.connection.scalar(text("SELECT count(*) FROM outbox WHERE aggregate = 'lead_model'"))
    assert (found.state, found.attempts) == ("succeeded", 1 if place == "training.ended" else 2)
    assert [(model.id, model.state) for model in models] == [(found.model_id, "live")]
    assert events == 1


async def test_a_router_that_is_killed_while_it_takes_a_model_over_has_it_after_the_next_look(
    database_factory: DatabaseFactory,
) -> None:
    url = database_factory("lead_router").login_url
    async with Database.open(url, service="lead-router", pool_size=3) as database:
        announcement = Announcement(LIVE, 1, new_id(), digest(CARD))
        with on_behalf_of(TENANT, "test", service="lead-router"):
            await follower(database).note(announcement)

            await _dies(fetch_and_die, database, "model.fetched")
            async with database.transaction(TENANT) as work:
                before = await work.connection.scalar(text("SELECT artifact FROM lead_model"))
            await follower(database).fetch()
            await follower(database).fetch()

        async with database.transaction(TENANT) as work:
            kept = (await work.connection.execute(text("SELECT artifact, fault FROM lead_model"))).all()
            audited = await work.connection.scalar(text("SELECT count(*) FROM audit WHERE action = 'model.activate'"))
    assert before is None
    assert [(bytes(row.artifact), row.fault) for row in kept] == [(CARD, "")]
    assert audited == 1
