"""Events through the inbox, as the consumer `scoring.warehouse` takes them from the broker."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from chassis.database import Database
from chassis.inbox import Inbox
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from scoring.adapters.kafka.facts import AGGREGATES, taken_together
from scoring.adapters.postgres.tables import fact
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.application.record_fact import RecordFactsHandler
from scoring.domain.funnel import FunnelRow
from throughline.lead_router.v1 import events_pb2 as lead_events

from ..builders import ANNA, TENANT, Telling, a_life
from ..lead_funnels_contract import count
from .conftest import TenantWork


@pytest.fixture
def subscription(database: Database) -> Subscription:
    handlers = taken_together(RecordFactsHandler(UnitOfWork(database, PostgresWork)))
    return Subscription("scoring.warehouse", aggregates=AGGREGATES, handlers=handlers)


@pytest.fixture
def inbox(database: Database, subscription: Subscription) -> Inbox:
    return Inbox(database, subscription, park_after_s=0)


async def facts_in(database: Database) -> Sequence[str]:
    async with database.transaction(TENANT) as transaction:
        return sorted(row.type for row in await transaction.connection.execute(select(fact.c.type)))


async def test_delivered_again_events_are_kept_and_counted_once(database: Database, inbox: Inbox) -> None:
    records = [telling.record() for telling in a_life().assign(ANNA).follow_up().take_in().told]

    for _ in range(3):
        await inbox.apply(records)

    assert len(await facts_in(database)) == len(records)
    expected = FunnelRow("", received=1, joined=1, assigned=1, followed_up=1)
    assert await count(TenantWork(database)) == {"": expected}


async def test_a_republished_event_that_the_inbox_has_forgotten_changes_nothing(
    database: Database, subscription: Subscription
) -> None:
    records = [telling.record() for telling in a_life().assign(ANNA).told]
    await Inbox(database, subscription).apply(records)
    renamed = Subscription("scoring.warehouse-again", subscription.aggregates, subscription.handlers)

    await Inbox(database, renamed).apply(records)

    assert len(await facts_in(database)) == len(records)
    assert await count(TenantWork(database)) == {"": FunnelRow("", received=1, assigned=1)}


async def test_an_event_before_the_receipt_of_its_lead_is_neither_parked_nor_lost(
    database: Database, inbox: Inbox
) -> None:
    received, *rest = (telling.record() for telling in a_life().assign(ANNA).follow_up().told)

    await inbox.apply(rest)
    before = await count(TenantWork(database))
    await inbox.apply([received])

    assert before == {}
    assert await count(TenantWork(database)) == {"": FunnelRow("", received=1, assigned=1, followed_up=1)}


async def test_a_broken_event_parks_its_key_and_no_other(database: Database, inbox: Inbox) -> None:
    broken, sound = a_life().told[0], a_life().assign(ANNA)
    record = broken.record()
    unreadable = type(record)(record.topic, 0, 0, record.key, record.headers, b"\xff")

    await inbox.apply([unreadable, *(telling.record() for telling in sound.told)])

    assert await count(TenantWork(database)) == {"": FunnelRow("", received=1, assigned=1)}


async def test_events_of_unknown_kinds_are_kept_without_a_place_in_the_funnel(database: Database, inbox: Inbox) -> None:
    life = a_life()
    overdue = lead_events.LeadResponseOverdue(lead_id=life.lead_id)

    await inbox.apply([telling.record() for telling in [*life.told, Telling(overdue, 2)]])

    kinds = [kind.rpartition(".")[2] for kind in await facts_in(database)]
    assert kinds == ["LeadReceived", "LeadResponseOverdue"]
    assert await count(TenantWork(database)) == {"": FunnelRow("", received=1)}
