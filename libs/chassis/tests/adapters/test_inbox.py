"""Each effect once, in order per key; faults park their key and nothing else; what is parked is applied in order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import text

from chassis.database import Database, current_transaction
from chassis.drainer import Drainer
from chassis.errors import NotFound, Unreachable
from chassis.event_headers import Event
from chassis.inbox import Inbox, Record
from chassis.subscription import Subscription, Together
from support.events import an_event
from support.ledger import AGGREGATE, OTHER_TENANT, TENANT, effects, ledger_subscription, write_effect
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

_PARKED = text("SELECT key, state, attempts FROM dead_letter ORDER BY seq")
_DUE_NOW = text("UPDATE dead_letter SET next_try_at = clock_timestamp()")


def _event(key: str, version: int, tenant: str = TENANT) -> Record:
    message = FollowUpRecorded(follow_up_id=key, lead_id=key)
    return an_event(message, tenant, aggregate_id=key, version=version, aggregate=AGGREGATE)


def _failing(fault: Callable[[str, int], Exception | None]) -> Subscription:
    """The ledger's subscription, but for events for which `fault` gives an exception."""

    async def handle(event: Event[FollowUpRecorded]) -> None:
        if raised := fault(event.aggregate_id, event.aggregate_version):
            raise raised
        transaction = current_transaction()
        assert transaction is not None
        await write_effect(transaction, event.aggregate_id, event.aggregate_version)

    return Subscription("pipeline.ledger", aggregates=(AGGREGATE,), handlers={FollowUpRecorded: handle})


async def _parked(ledger: Database) -> list[tuple[str, str]]:
    async with ledger.system() as connection:
        return [(row.key, row.state) for row in await connection.execute(_PARKED)]


async def test_event_delivered_twice_has_one_effect(ledger: Database) -> None:
    inbox = Inbox(ledger, ledger_subscription())
    event = _event("a", 1)

    await inbox.apply([event, event])
    await inbox.apply([event])

    assert await effects(ledger) == [("a", 1)]


@pytest.mark.parametrize("seed", range(5))
async def test_redelivered_batches_keep_the_order_of_each_key(ledger: Database, seed: int) -> None:
    rng = random.Random(seed)
    events = [_event(key, version) for version in range(1, 21) for key in "abc"]
    inbox = Inbox(ledger, ledger_subscription())

    start = 0
    while start < len(events):
        end = min(len(events), start + rng.randint(1, 15))
        await inbox.apply(events[start:end])
        start = max(0, end - rng.randint(0, 6)) if end < len(events) else end

    found = await effects(ledger)
    assert sorted(found) == sorted((event.key, int(event.headers["aggregate_version"])) for event in events)
    for key in "abc":
        assert [version for k, version in found if k == key] == list(range(1, 21))


async def test_batch_of_two_tenants_lands_with_each(ledger: Database) -> None:
    await Inbox(ledger, ledger_subscription()).apply([_event("a", 1), _event("b", 1, OTHER_TENANT)])

    assert await effects(ledger) == [("a", 1)]
    assert await effects(ledger, OTHER_TENANT) == [("b", 1)]


async def test_permanent_fault_parks_its_key_as_dead_and_others_go_on(ledger: Database) -> None:
    subscription = _failing(lambda key, version: KeyError("bug") if (key, version) == ("a", 2) else None)

    await Inbox(ledger, subscription).apply([_event(key, v) for v in (1, 2, 3) for key in ("a", "b")])

    assert await effects(ledger) == [("a", 1), ("b", 1), ("b", 2), ("b", 3)]
    assert await _parked(ledger) == [("a", "dead"), ("a", "waiting")]


async def test_events_taken_together_come_at_once_and_a_broken_one_parks_its_key_alone(ledger: Database) -> None:
    taken: list[list[tuple[str, int]]] = []

    async def handle(events: Sequence[Event[FollowUpRecorded]]) -> None:
        transaction = current_transaction()
        assert transaction is not None
        taken.append([(event.aggregate_id, event.aggregate_version) for event in events])
        for key, version in taken[-1]:
            await write_effect(transaction, key, version)
        if ("a", 3) in taken[-1]:
            raise KeyError("bug")

    subscription = Subscription("pipeline.ledger", (AGGREGATE,), Together([FollowUpRecorded], handle))
    inbox = Inbox(ledger, subscription)
    await inbox.apply([_event("a", 1), _event("b", 1), _event("a", 2)])
    await inbox.apply([_event("a", 3), _event("b", 2), _event("a", 4)])

    assert taken[0] == [("a", 1), ("b", 1), ("a", 2)]
    assert await effects(ledger) == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    assert await _parked(ledger) == [("a", "dead"), ("a", "waiting")]


async def test_replay_after_the_fix_applies_the_parked_ones_in_order_once(ledger: Database) -> None:
    broken = _failing(lambda key, version: KeyError("bug") if (key, version) == ("a", 2) else None)
    events = [_event("a", version) for version in (1, 2, 3, 4)]
    await Inbox(ledger, broken).apply(events)
    fixed = ledger_subscription()
    drainer = Drainer(ledger, {fixed.name: fixed})

    first = await drainer.replay(fixed.name, "a", TENANT)
    again = await drainer.replay(fixed.name, "a", TENANT)
    await Inbox(ledger, fixed).apply(events)

    assert (first.applied, first.remaining) == (3, 0)
    assert again.applied == 0
    assert await effects(ledger) == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]


async def test_replay_stops_at_the_first_event_that_still_fails(ledger: Database) -> None:
    broken = _failing(lambda key, version: KeyError("bug") if version in {2, 4} else None)
    await Inbox(ledger, broken).apply([_event("a", version) for version in (1, 2, 3, 4)])
    half_fixed = _failing(lambda key, version: KeyError("bug") if version == 4 else None)

    done = await Drainer(ledger, {half_fixed.name: half_fixed}).replay(half_fixed.name, "a", TENANT)

    assert (done.applied, done.remaining) == (2, 1)
    assert await effects(ledger) == [("a", 1), ("a", 2), ("a", 3)]


@pytest.mark.parametrize("fault", [Unreachable("scoring"), NotFound("lead", "x")])
async def test_passing_fault_parks_as_waiting_until_it_drains_by_itself(ledger: Database, fault: Exception) -> None:
    is_down = True
    subscription = _failing(lambda key, version: fault if is_down and key == "a" else None)
    inbox = Inbox(ledger, subscription, park_after_s=0)
    await inbox.apply([_event(key, v) for v in (1, 2) for key in ("a", "b")])
    assert await _parked(ledger) == [("a", "waiting"), ("a", "waiting")]

    is_down = False
    async with ledger.system() as connection:
        await connection.execute(_DUE_NOW)
    await Drainer(ledger, {subscription.name: subscription}).drain_due()

    assert await _parked(ledger) == []
    assert sorted(await effects(ledger)) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


async def test_later_events_of_a_parked_key_queue_up_behind_it(ledger: Database) -> None:
    broken = _failing(lambda key, version: KeyError("bug") if version == 1 else None)
    inbox = Inbox(ledger, broken)
    await inbox.apply([_event("a", 1)])

    await inbox.apply([_event("a", 2), _event("b", 2)])

    assert await effects(ledger) == [("b", 2)]
    assert await _parked(ledger) == [("a", "dead"), ("a", "waiting")]


async def test_undecodable_payload_parks_its_key(ledger: Database) -> None:
    event = _event("a", 1)
    poison = Record(event.topic, 0, 1, event.key, event.headers, b"\xff\xff\xff")

    await Inbox(ledger, ledger_subscription()).apply([poison])

    assert await _parked(ledger) == [("a", "dead")]


async def test_record_without_a_tenant_is_kept_apart_and_stops_nobody(ledger: Database) -> None:
    stray = Record("throughline.follow_up.v1", 0, 7, "a", {}, b"\x00garbage")

    await Inbox(ledger, ledger_subscription()).apply([stray, stray, _event("a", 1)])

    async with ledger.system() as connection:
        kept = (await connection.execute(text("SELECT position, fault FROM dead_letter_unrouted"))).all()
    assert [(row.position, row.fault) for row in kept] == [(7, "Unreadable: no readable tenant and event id")]
    assert await effects(ledger) == [("a", 1)]


async def test_events_without_a_handler_are_passed_over(ledger: Database) -> None:
    event = _event("a", 1)
    foreign = Record(event.topic, 0, 1, "a", {**event.headers, "ce_type": "throughline.other.v1.Thing"}, b"")

    await Inbox(ledger, ledger_subscription()).apply([foreign])

    assert await effects(ledger) == []
    assert await _parked(ledger) == []


async def test_record_with_text_that_the_database_cannot_hold_is_kept_apart_and_stops_nobody(ledger: Database) -> None:
    zero_in_key = _event("a\x00", 1)
    good = _event("b", 1)
    zero_in_header = Record(good.topic, 0, 1, "c", {**_event("c", 1).headers, "actor": "\x00"}, good.payload)

    await Inbox(ledger, ledger_subscription()).apply([zero_in_key, zero_in_header, good])

    async with ledger.system() as connection:
        kept = (await connection.execute(text("SELECT key FROM dead_letter_unrouted ORDER BY seq"))).scalars().all()
    assert [bytes(key) for key in kept] == [b"a\x00", b"c"]
    assert await effects(ledger) == [("b", 1)]


async def test_keys_of_one_batch_do_not_wait_one_after_the_other_for_what_is_down(ledger: Database) -> None:
    tries: Counter[str] = Counter()

    def fault(key: str, version: int) -> Exception | None:
        tries[key] += 1
        return Unreachable("scoring") if key != "z" else None

    keys = ["a", "b", "c", "d"]

    await Inbox(ledger, _failing(fault), park_after_s=0.5).apply([_event(key, 1) for key in (*keys, "z")])

    assert tries["a"] > 1, "the batch as a whole waits"
    assert [tries[key] for key in ("b", "c", "d")] == [1, 1, 1]
    assert await _parked(ledger) == [(key, "waiting") for key in keys]
    assert await effects(ledger) == [("z", 1)]
