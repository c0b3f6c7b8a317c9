"""Kills a training, the promotions of a model and its taking over at each failpoint; all of them happen, once."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from dataclasses import replace

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
from scoring.domain.ids import ModelId
from scoring.domain.lead_model import ModelState
from scoring.domain.model_training import TrainingOrder
from support.databases import DatabaseFactory
from support.model_processes import CARD, fetch_and_die, follower, publish, publish_and_die, train, train_and_die

pytestmark = pytest.mark.faults

TENANT = TenantId("01900000-0000-7000-8000-00000000000a")


def _lead(at: int) -> KnownLead:
    fields = {"source": "referral" if at % 3 else "expo", "form.visits": str(at % 17)}
    return KnownLead(str(at), fields, float(at % 5 < at % 3), None)


async def _dies(work: Callable[..., None], database: Database, place: str, *more: str) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    victim = multiprocessing.get_context("spawn").Process(target=work, args=(url, TENANT, place, *more))
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


async def _promotions(database: Database) -> tuple[str, int, int]:
    """The live model, and how many promotions were kept and told of."""
    async with database.transaction(TENANT) as work:
        live = await work.connection.scalars(text("SELECT id FROM lead_model WHERE state = 'live'"))
        kept = await work.connection.scalar(text("SELECT count(*) FROM model_promotion"))
        told = await work.connection.scalar(text("SELECT count(*) FROM outbox WHERE aggregate = 'lead_model'"))
    return str(live.one()), kept or 0, told or 0


async def test_a_publication_and_a_roll_back_that_are_killed_have_happened_whole_or_not_at_all_and_once(
    database_factory: DatabaseFactory,
) -> None:
    async with Database.open(database_factory("scoring").login_url, service="scoring", pool_size=3) as database:
        with on_behalf_of(TENANT, "test", service="scoring"):
            desk = TrainingDesk(UnitOfWork(database, PostgresWork))
            await desk.take_examples([_lead(at) for at in range(600)])
            await desk.order(TrainingOrder(least_per_class=30, publishes=True))
        await train(database, TENANT)
        first = (await _promotions(database))[0]
        second = await _twin_of(database, first)

        await _dies(publish_and_die, database, "command.before_commit", second)
        assert await _promotions(database) == (first, 1, 1)
        await _dies(publish_and_die, database, "command.committed", second)
        assert await _promotions(database) == (second, 2, 2)
        assert await publish(database, TENANT, second) == second

        await _dies(publish_and_die, database, "command.before_commit", "")
        assert await _promotions(database) == (second, 2, 2)
        await _dies(publish_and_die, database, "command.committed", "")
        assert await _promotions(database) == (first, 3, 3)
        assert await publish(database, TENANT, "") == first
        assert await _promotions(database) == (first, 3, 3)


async def _twin_of(database: Database, model_id: str) -> str:
    """A candidate with the card of another model."""
    with on_behalf_of(TENANT, "test", service="scoring"):
        async with UnitOfWork(database, PostgresWork).begin() as work:
            model = await work.models.get(ModelId(model_id))
            assert model is not None
            named = replace(model, id=ModelId(new_id()), number=model.number + 1)
            twin = replace(named, state=ModelState.CANDIDATE, published_at=None, published_by="")
            await work.models.add(twin)
    return twin.id


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
