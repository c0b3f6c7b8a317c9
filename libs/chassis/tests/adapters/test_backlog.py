"""What waits in a service is counted, and exported under the names that dashboards use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis import metric_names as names
from chassis import telemetry
from chassis.backlog import Backlog
from chassis.clock import BusinessClock
from chassis.database import Database
from chassis.inbox import Inbox, Record
from chassis.kafka_clients import KafkaSettings
from chassis.operations_servicer import OperationsServicer
from chassis.service import Service
from chassis.subscription import Subscription
from chassis.timer_runner import TimerRunner
from chassis.timers import Timer, TimerKind
from chassis.worker import Worker
from support.events import an_event
from support.ledger import AGGREGATE, TENANT, append, ledger_subscription
from throughline.operations.v1 import operations_pb2 as pb
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

NO_CONTEXT: Any = None


def _event(key: str) -> Record:
    return an_event(FollowUpRecorded(follow_up_id=key), TENANT, aggregate_id=key, aggregate=AGGREGATE)


async def _refuse(_: object) -> None:
    raise ValueError("poison")


async def test_unsent_parked_and_overdue_things_are_counted(ledger: Database) -> None:
    poisoned = Subscription("pipeline.ledger", (AGGREGATE,), {FollowUpRecorded: _refuse})
    await append(ledger, "a", 1)
    await append(ledger, "a", 2)
    await Inbox(ledger, poisoned).apply([_event("p"), _event("p")])
    async with ledger.transaction(TENANT) as transaction:
        await transaction.timers.set("ledger.deadline", "late", transaction.now - timedelta(minutes=1), {})
        await transaction.timers.set("ledger.deadline", "early", transaction.now + timedelta(hours=1), {})

    recorded = telemetry.record_for_tests()
    backlog = Backlog(ledger, ())
    seen = await backlog.look()

    assert (seen.outbox, seen.parked, seen.dead, seen.timers_due, seen.timers_dead) == (2, 1, 1, 1, 0)
    assert seen.oldest_s > 0
    exported = recorded.points()
    assert [point.value for point in exported[names.OUTBOX_DEPTH]] == [2]
    letters = {point.attributes[names.STATE]: point.value for point in exported[names.DEAD_LETTERS]}
    assert letters == {"waiting": 1, "dead": 1, "unrouted": 0}


async def test_the_operations_desk_tells_what_waits_and_for_how_long(ledger: Database) -> None:
    subscription = ledger_subscription()
    worker = Worker(ledger, KafkaSettings("127.0.0.1:1"), Service(), subscription)
    desk = OperationsServicer(ledger, BusinessClock(ledger, is_movable=False), Service(), worker)
    async with ledger.transaction(TENANT) as transaction:
        await transaction.timers.set("ledger.deadline", "late", transaction.now - timedelta(minutes=5), {})
    await append(ledger, "a", 1)
    request = pb.GetBacklogRequest(service="pipeline")

    serving = await desk.GetBacklog(request, NO_CONTEXT)
    worker.is_running = True
    working = await desk.GetBacklog(request, NO_CONTEXT)

    assert (serving.outbox_pending, serving.timers_due, serving.dead_letters_dead) == (1, 1, 0)
    assert serving.timers_late_s == pytest.approx(300, abs=60)
    assert abs(serving.clock_skew_s) < 5
    assert not serving.consumers
    assert [(consumer.consumer, consumer.lag_s) for consumer in working.consumers] == [(subscription.name, 0)]


async def test_dropped_duplicates_and_run_deadlines_are_counted(ledger: Database) -> None:
    async def act(_: Timer) -> None:
        return

    async with ledger.transaction(TENANT) as transaction:
        await transaction.timers.set("ledger.deadline", "late", transaction.now - timedelta(minutes=1), {})
    recorded = telemetry.record_for_tests()
    before = _counted(recorded)
    inbox, event = Inbox(ledger, ledger_subscription()), _event("a")

    await inbox.apply([event])
    await inbox.apply([event])
    await TimerRunner(ledger, {"ledger.deadline": TimerKind("ledger.deadline", act)}).run_due()

    after = _counted(recorded)
    assert {name: after[name] - before[name] for name in after} == {
        names.DUPLICATES_DROPPED: 1,
        names.TIMERS_FIRED: 1,
        names.TIMER_LATENESS: pytest.approx(60, abs=30),
    }


def _counted(recorded: telemetry.Recorded) -> dict[str, float]:
    """What the process has counted so far; of the lateness its sum in seconds."""
    exported = recorded.points()
    counters: dict[str, float] = {
        name: sum(point.value for point in exported.get(name, []))
        for name in (names.DUPLICATES_DROPPED, names.TIMERS_FIRED)
    }
    return {**counters, names.TIMER_LATENESS: sum(point.sum for point in exported.get(names.TIMER_LATENESS, []))}
