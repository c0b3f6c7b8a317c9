"""Times how fast the warehouse takes events in, against inserting the same rows: `python tests/load/bench_ingest.py`.

Lives of leads (received, assigned, followed up as the router and as the pipeline tell it, an opportunity) go through
scoring's own subscription and inbox in batches of 500, the most that a consumer polls: each effect is marked, each fact
kept, the funnel moved on, committed with fsync on. The limit is one multi-row INSERT of the same facts per batch, into
a table with the same indexes. `--leads` says how many lives.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asyncpg
from google.protobuf.message import Message

from chassis.database import Database
from chassis.ids import new_id
from chassis.inbox import Inbox, Record
from chassis.proto_values import timestamp_of
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from load.measuring.callers import median_of
from load.measuring.crowd import REPS, TENANT, rep_id, team_id
from load.measuring.databases import databases
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import machine
from scoring.adapters.kafka.facts import AGGREGATES, taken_together
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.application.record_fact import RecordFactsHandler
from support import databases as provisioned
from support.events import an_event
from throughline.lead_router.v1 import events_pb2 as lead_events
from throughline.pipeline.v1 import events_pb2 as pipeline_events
from throughline.pipeline.v1 import opportunity_pb2

LIVES = 2000
_POLLED = 500
_SOURCES = ("website", "expo", "hotline", "partner")


def measure(options: Options) -> Report:
    """Batches through the inbox and batches of rows in turn."""
    with databases(durable=True) as (factory, _):
        return asyncio.run(_measured(factory("scoring"), options))


async def _measured(database: provisioned.Database, options: Options) -> Report:
    taken, inserted = [], []
    bare = await asyncpg.connect(database.superuser_dsn)
    try:
        await bare.execute("CREATE TABLE bench_fact (LIKE fact INCLUDING ALL)")
        async with Database.open(database.login_url, service="scoring") as opened:
            handlers = taken_together(RecordFactsHandler(UnitOfWork(opened, PostgresWork)))
            inbox = Inbox(opened, Subscription("scoring.warehouse", AGGREGATES, handlers))
            await inbox.apply(_lives(options.leads // 10))
            for _ in range(options.rounds):
                records = _lives(options.leads)
                taken.append(len(records) / await _take(inbox, records))
                inserted.append(len(records) / await _insert(bare, len(records)))
            kept = await bare.fetchval("SELECT count(*) FROM fact")
            if inbox.applied != kept:
                raise RuntimeError(f"{inbox.applied} events were applied and {kept} kept")
    finally:
        await bare.close()
    rows = Figure(f"multi-row INSERT of facts, a commit each {_POLLED}", median_of(inserted), "rows/s")
    rate = Figure("events through the inbox", median_of(taken), "events/s", rows.value, "INSERT of the facts")
    return Report("the warehouse takes events in", [rows, rate], machine=machine())


async def _take(inbox: Inbox, records: Sequence[Record]) -> float:
    """How long it took, in seconds."""
    began = time.perf_counter()
    for at in range(0, len(records), _POLLED):
        await inbox.apply(records[at : at + _POLLED])
    return time.perf_counter() - began


async def _insert(bare: asyncpg.Connection, count: int) -> float:
    rows = await bare.fetch("SELECT * FROM fact ORDER BY event_id DESC LIMIT $1", count)
    began = time.perf_counter()
    for at in range(0, count, _POLLED):
        part = [tuple(row) for row in rows[at : at + _POLLED]]
        await bare.execute("INSERT INTO bench_fact SELECT * FROM unnest($1::fact[])", part)
    took_s = time.perf_counter() - began
    await bare.execute("TRUNCATE bench_fact")
    return took_s


def _lives(count: int) -> list[Record]:
    """Events in the order in which the topics would give them: all leads come in, then all are assigned, and so on."""
    begun = datetime.now(UTC) - timedelta(days=1)
    told: list[list[Record]] = [[], [], [], [], []]
    for number in range(count):
        at = begun + timedelta(seconds=number)
        for step, record in enumerate(_life(number, at)):
            told[step].append(record)
    return [record for step in told for record in step]


def _life(number: int, at: datetime) -> list[Record]:
    lead, deal, contact = new_id(), new_id(), new_id()
    owner, team = rep_id(number % REPS), team_id(number % 50)
    owned: Any = {"lead_id": lead, "owner_id": owner, "team_id": team}
    facts: list[tuple[str, str, int, Message]] = [
        ("lead", lead, 1, lead_events.LeadReceived(
            lead_id=lead, source=_SOURCES[number % 4], region="浙江", industry="hospital", product_line="imaging",
            received_at=timestamp_of(at))),
        ("lead", lead, 2, lead_events.LeadAssigned(decision_id=new_id(), because="best_match", **owned)),
        ("lead", lead, 3, lead_events.LeadFollowedUp(
            follow_up_id=contact, followed_up_at=timestamp_of(at), is_first=True, response_minutes=35, **owned)),
        ("follow_up", contact, 1, pipeline_events.FollowUpRecorded(
            follow_up_id=contact, lead_id=lead, person_id=owner, team_id=team, occurred_at=timestamp_of(at))),
        ("opportunity", deal, 1, pipeline_events.OpportunityCreated(
            opportunity_id=deal, customer_id=new_id(), product_line="imaging", stage="first_contact",
            state=opportunity_pb2.OPPORTUNITY_STATE_OPEN, created_at=timestamp_of(at), **owned)),
    ]  # fmt: skip
    return [
        an_event(fact, TENANT, aggregate_id=id_, aggregate=kind, version=version, occurred_at=at)
        for kind, id_, version, fact in facts
    ]


if __name__ == "__main__":
    sys.exit(main(measure, rounds=3, leads=LIVES))
