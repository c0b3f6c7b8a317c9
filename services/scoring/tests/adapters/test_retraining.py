"""SC-22: the live model is trained anew before it is three days old, from the tenant's own outcomes and judgements."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from chassis.every_tenant import on_behalf_of
from chassis.ids import new_id
from chassis.timer_runner import TimerRunner
from chassis.unit_of_work import UnitOfWork
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.application.model_ports import KnownLead
from scoring.application.train_model import TrainingDesk
from scoring.application.watch_models import ModelWatch
from scoring.domain.model_training import Source, TrainingOrder
from scoring.settings import Settings
from scoring.wiring import build
from support.events import an_event, deliver
from support.served import served
from throughline.lead_router.v1 import events_pb2 as lead_events
from throughline.lead_router.v1 import lead_pb2

from ..builders import TENANT

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from chassis.database import Database
    from chassis.inbox import Record
    from support.databases import Database as DatabaseCopy
    from support.tokens import TokenIssuer

THREE_DAYS = timedelta(days=3)


def lives(count: int, at: datetime) -> list[Record]:
    """Leads that were received and either converted as their source promises, or closed; a tenth only judged."""
    chance, records = random.Random(5), []
    for number in range(count):
        lead_id, is_referral = new_id(), number % 2 == 0
        captured = {"source": "referral" if is_referral else "expo", "region": "浙江"}
        received = lead_events.LeadReceived(lead_id=lead_id, source=captured["source"], captured=captured)
        facts: list[Message] = [received]
        if number % 10 == 9:
            verdict = lead_pb2.SCORE_VERDICT_TOO_LOW if is_referral else lead_pb2.SCORE_VERDICT_TOO_HIGH
            facts.append(lead_events.LeadScoreJudged(lead_id=lead_id, verdict=verdict, probability_ppm=300_000))
        elif chance.random() < (0.7 if is_referral else 0.2):
            facts.append(lead_events.LeadSnapshot(lead_id=lead_id, state=lead_pb2.LEAD_STATE_CONVERTED))
        else:
            facts.append(lead_events.LeadClosed(lead_id=lead_id))
        moment = at + timedelta(minutes=number)
        records += [
            an_event(fact, TENANT, aggregate_id=lead_id, version=version, occurred_at=moment)
            for version, fact in enumerate(facts, start=1)
        ]
    return records


async def test_an_old_model_is_replaced_by_one_that_learned_from_outcomes_and_judgements(
    scoring_database: DatabaseCopy, token_issuer: TokenIssuer
) -> None:
    async with served(Settings, build, scoring_database, token_issuer, tenant=TENANT, people={}) as service:
        database, parts = service.runtime.database, service.service
        [run_trainings] = [job.run for job in parts.jobs if job.name == "train_models"]
        warehouse = next(one for one in parts.subscriptions if one.name == "scoring.warehouse")
        timers = TimerRunner(database, {kind.name: kind for kind in parts.timer_kinds})
        await _first_model(database)
        await run_trainings()

        await timers.run_due()
        async with database.transaction(TENANT) as work:
            due = await work.connection.scalar(text("SELECT due_at FROM timer"))
            trained_at = await work.connection.scalar(text("SELECT trained_at FROM lead_model"))
        await deliver(database, warehouse, *lives(700, datetime.now(UTC) + timedelta(minutes=1)))
        async with database.system() as connection:
            await connection.execute(text("UPDATE business_clock SET clock_offset = :by"), {"by": THREE_DAYS})
        await timers.run_due()
        await run_trainings()

        assert timedelta(0) < due - trained_at < THREE_DAYS
        async with database.transaction(TENANT) as work:
            models = (await work.connection.execute(text("SELECT * FROM lead_model ORDER BY number"))).all()
            training = (
                await work.connection.execute(text("SELECT * FROM model_training ORDER BY ordered_at DESC LIMIT 1"))
            ).one()
        assert (training.state, training.ordered_by) == ("succeeded", "service:scoring")
        assert len(models) == 2
        assert models[1].report["opinions"] > 0
        assert models[1].report["compared_model_id"] == str(models[0].id)
        assert [model.state for model in models] == ["retired", "live"]


async def test_drift_is_the_gap_between_what_a_model_promised_and_what_came(
    scoring_database: DatabaseCopy, token_issuer: TokenIssuer
) -> None:
    async with served(Settings, build, scoring_database, token_issuer, tenant=TENANT, people={}) as service:
        database, parts = service.runtime.database, service.service
        warehouse = next(one for one in parts.subscriptions if one.name == "scoring.warehouse")
        await _first_model(database)
        await next(job.run for job in parts.jobs if job.name == "train_models")()
        async with database.transaction(TENANT) as work:
            live = await work.connection.scalar(text("SELECT id FROM lead_model WHERE state = 'live'"))
        ended = []
        for number in range(40):
            scored = lead_events.LeadReceived(lead_id=new_id(), score_ppm=300_000, score_model_id=str(live))
            closed = lead_events.LeadClosed(lead_id=scored.lead_id)
            won = lead_events.LeadSnapshot(lead_id=scored.lead_id, state=lead_pb2.LEAD_STATE_CONVERTED)
            for version, fact in enumerate((scored, won if number < 4 else closed), start=1):
                ended.append(an_event(fact, TENANT, aggregate_id=scored.lead_id, version=version))
        await deliver(database, warehouse, *ended)

        with on_behalf_of(TENANT, "test", service="scoring"):
            health = await ModelWatch(UnitOfWork(database, PostgresWork))()

        assert health is not None
        assert health.drift == pytest.approx(0.3 - 0.1)


async def _first_model(database: Database) -> None:
    """A model from imported leads whose source says the opposite of what the tenant's own will."""
    leads = [
        KnownLead(str(at), {"source": "expo" if at % 2 else "referral"}, float(at % 10 < (7 if at % 2 else 2)), None)
        for at in range(600)
    ]
    with on_behalf_of(TENANT, "test", service="scoring"):
        desk = TrainingDesk(UnitOfWork(database, PostgresWork))
        await desk.take_examples(leads)
        await desk.order(TrainingOrder(Source.IMPORTED, publishes=True))
