"""Work that nobody waits for tells nothing of persons either: neither when it succeeds nor when it fails."""

from __future__ import annotations

from datetime import timedelta

from chassis.database import Database
from chassis.drainer import Drainer
from chassis.errors import NotFound, Unreachable
from chassis.event_headers import Event
from chassis.inbox import Inbox
from chassis.logs import logger
from chassis.subscription import Subscription
from chassis.timer_runner import TimerRunner
from chassis.timers import Timer, TimerKind
from support.canaries import PLANTED, overheard
from support.events import an_event
from support.ledger import AGGREGATE, TENANT
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

_KIND = "ledger.deadline"
_FAULTS = (ValueError(PLANTED), NotFound("lead", PLANTED), Unreachable(PLANTED))


async def test_handlers_of_events_that_fail_on_personal_data_do_not_tell_it(ledger: Database) -> None:
    faults = iter(_FAULTS)

    async def refuse(event: Event[FollowUpRecorded]) -> None:
        raise next(faults, _FAULTS[0])

    subscription = Subscription("pipeline.ledger", (AGGREGATE,), {FollowUpRecorded: refuse})
    event = an_event(FollowUpRecorded(follow_up_id=PLANTED), TENANT, aggregate_id="k", aggregate=AGGREGATE)

    with overheard() as told:
        await Inbox(ledger, subscription, park_after_s=0.1).apply([event])
        await Drainer(ledger, {subscription.name: subscription}).replay(subscription.name, "", None)

        assert "inbox.parked" in told.logs
        assert "drainer.failed_again" in told.logs
        told.assert_no_canary()


async def test_deadlines_that_fail_on_personal_data_do_not_tell_it(ledger: Database) -> None:
    faults = iter(_FAULTS)

    async def fail(timer: Timer) -> None:
        logger("ledger").info("acting", payload=timer.payload, note=f"for {PLANTED}")
        raise next(faults)

    async with ledger.transaction(TENANT) as transaction:
        for number in range(len(_FAULTS)):
            due = transaction.now - timedelta(minutes=1)
            await transaction.timers.set(_KIND, f"{number}", due, {"phone": PLANTED})

    with overheard() as told:
        await TimerRunner(ledger, {_KIND: TimerKind(_KIND, fail)}).run_due()

        assert told.logs.count("timer.failed") == len(_FAULTS)
        told.assert_no_canary()
