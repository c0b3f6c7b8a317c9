"""Events leave with their change or not at all, in order, each with who caused it and in which trace."""

from __future__ import annotations

import pytest
from opentelemetry.propagate import get_global_textmap, set_global_textmap
from opentelemetry.propagators.composite import CompositePropagator

from chassis import context, telemetry
from chassis.context import Principal, RequestContext
from chassis.database import Database
from chassis.event_headers import Event
from chassis.ids import PersonId
from chassis.inbox import Inbox
from chassis.subscription import Subscription
from support.events import outbox_records
from support.ledger import AGGREGATE, TENANT, ambient, append, append_to, effects, write_effect
from throughline.common.v1.notice_pb2 import Notice
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

PERSON = Principal("person", "li.lei", TENANT, frozenset({"rep"}), PersonId("0190f3c4-0000-7000-8000-00000000000a"))


class _ItFails(Exception):
    pass


async def _change_and_fail(ledger: Database) -> None:
    async with ledger.transaction(TENANT) as transaction:
        await write_effect(transaction, "a", 1)
        append_to(transaction, "a", 1)
        await transaction.flush()
        raise _ItFails


async def test_events_are_rolled_back_with_their_change(ledger: Database) -> None:
    with pytest.raises(_ItFails):
        await _change_and_fail(ledger)

    assert await effects(ledger) == []
    assert await outbox_records(ledger) == []


async def test_nobody_is_woken_for_events_that_were_rolled_back(ledger: Database) -> None:
    woken: list[str] = []
    ledger.when_events_commit(lambda: woken.append("woken"))

    with pytest.raises(_ItFails):
        await _change_and_fail(ledger)
    async with ledger.transaction(TENANT) as transaction:
        await write_effect(transaction, "a", 1)
    assert woken == []
    await append(ledger, "a", 1)

    assert woken == ["woken"]


async def test_events_of_a_key_keep_the_order_in_which_they_were_appended(ledger: Database) -> None:
    for version in (1, 3, 5):
        async with ledger.transaction(TENANT) as transaction:
            for key in ("a", "b"):
                append_to(transaction, key, version)
                append_to(transaction, key, version + 1)

    records = await outbox_records(ledger)

    for key in ("a", "b"):
        versions = [record.headers["aggregate_version"] for record in records if record.key == key]
        assert versions == ["1", "2", "3", "4", "5", "6"]


async def test_an_event_names_its_actor_tenant_and_time(ledger: Database) -> None:
    with context.bind(RequestContext(PERSON, TENANT, method="/x/Record")):
        async with ledger.transaction(TENANT) as transaction:
            event_id = append_to(transaction, "a", 7)
            now = transaction.now.isoformat()

    [record] = await outbox_records(ledger)
    assert record.topic == "throughline.follow_up.v1"
    assert record.key == "a"
    expected = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_type": "throughline.pipeline.v1.FollowUpRecorded",
        "ce_source": "/pipeline",
        "ce_subject": "a",
        "ce_time": now,
        "recorded_at": now,
        "tenant": TENANT,
        "aggregate_version": "7",
        "actor": f"person:{PERSON.person_id}",
        "causation_id": "",
    }
    assert expected.items() <= record.headers.items()


async def test_an_event_that_follows_from_another_names_it_and_stays_in_its_trace(ledger: Database) -> None:
    telemetry.record_for_tests()

    async def follow(event: Event[FollowUpRecorded]) -> None:
        append_to(ambient(), "follow-on", 1)

    with telemetry.continued_span("root", ""):
        root = telemetry.inject()
        cause = await append(ledger, "a", 1)
    subscription = Subscription("pipeline.ledger", (AGGREGATE,), {FollowUpRecorded: follow})
    await Inbox(ledger, subscription).apply(await outbox_records(ledger))

    first, second = await outbox_records(ledger)
    assert second.headers["causation_id"] == cause
    assert second.headers["actor"] == "service:pipeline"
    trace_ids = {record.headers["traceparent"].split("-")[1] for record in (first, second)}
    assert trace_ids == {root.split("-")[1]}


async def test_each_event_keeps_the_span_in_which_it_was_appended(ledger: Database) -> None:
    telemetry.record_for_tests()

    async with ledger.transaction(TENANT) as transaction:
        spans = []
        for version in (1, 2):
            with telemetry.continued_span(f"step {version}", ""):
                append_to(transaction, "a", version)
                spans.append(telemetry.inject())

    assert [record.headers["traceparent"] for record in await outbox_records(ledger)] == spans
    assert len(set(spans)) == 2


async def test_traces_do_not_depend_on_the_formats_that_the_environment_asks_for(ledger: Database) -> None:
    telemetry.record_for_tests()
    usual = get_global_textmap()
    set_global_textmap(CompositePropagator([]))
    try:
        with telemetry.continued_span("root", ""):
            await append(ledger, "a", 1)
            root = telemetry.inject()
    finally:
        set_global_textmap(usual)

    assert [record.headers["traceparent"] for record in await outbox_records(ledger)] == [root]


async def test_a_notice_travels_on_its_own_topic_under_the_thing_it_tells_of(ledger: Database) -> None:
    async with ledger.transaction(TENANT) as transaction:
        transaction.outbox.notice(Notice(resource="leads/1", version=3))
        now = transaction.now

    [record] = await outbox_records(ledger)
    told = Notice.FromString(record.payload)
    assert (record.topic, record.key) == ("throughline.notice.v1", "leads/1")
    assert (told.resource, told.version) == ("leads/1", 3)
    assert told.occurred_at.ToMicroseconds() == int(now.timestamp() * 1_000_000)
