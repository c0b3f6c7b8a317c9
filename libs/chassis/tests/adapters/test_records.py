"""What a service tells of the records it keeps: digests that agree with any order, and what is under way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.context import Principal, RequestContext, bind
from chassis.database import Database
from chassis.directory_records import directory_records
from chassis.errors import Invalid
from chassis.ids import new_id
from chassis.inbox import Inbox
from chassis.record_servicer import RecordServicer
from chassis.record_sets import UNDER_WAY, RecordSet
from chassis.service import Service
from chassis.subscription import Subscription
from support.events import an_event, deliver, directory_subscription
from support.ledger import AGGREGATE, SERVICE, TENANT, append
from throughline.collab.v1.events_pb2 import PersonChanged
from throughline.operations.v1 import records_pb2 as pb
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

NO_CONTEXT: Any = None
CALLER = RequestContext(Principal("service", "service:gateway", TENANT, frozenset({"service"})), TENANT, "/test")
PEOPLE = "directory_people"
_OWN = RecordSet("SELECT person_id AS id, ARRAY[]::text[] AS facts FROM directory_person", aggregate=AGGREGATE)


def a_servicer(ledger: Database, service: Service | None = None) -> RecordServicer:
    return RecordServicer(ledger, service or Service())


async def hear_of(ledger: Database, person_id: str, *, team_id: str = "", event_id: str | None = None) -> None:
    fact = PersonChanged(person_id=person_id, subject="anna", team_id=team_id, roles=["rep"], is_active=True)
    record = an_event(fact, TENANT, aggregate_id=person_id, aggregate="person", event_id=event_id)
    await deliver(ledger, directory_subscription(SERVICE), record)


async def test_digests_tell_the_bucket_in_which_a_record_is_unlike(ledger: Database) -> None:
    people = [f"0190f3c4-0000-7000-8000-000000000{number:03x}" for number in (1, 2, 0xA3F)]
    for person_id in people:
        await hear_of(ledger, person_id)
    desk, request = a_servicer(ledger), pb.DigestRecordsRequest(record_set=PEOPLE)

    with bind(CALLER):
        before = {each.bucket: each for each in (await desk.DigestRecords(request, NO_CONTEXT)).buckets}
        async with ledger.transaction(TENANT) as transaction:
            await transaction.connection.exec_driver_sql(
                f"UPDATE directory_person SET team_id = '{new_id()}' WHERE person_id = '{people[2]}'"
            )
        after = {each.bucket: each for each in (await desk.DigestRecords(request, NO_CONTEXT)).buckets}
        listed = await desk.ListRecords(pb.ListRecordsRequest(record_set=PEOPLE, buckets=["a3f"]), NO_CONTEXT)
        second = await desk.ListRecords(
            pb.ListRecordsRequest(record_set=PEOPLE, after=people[0], page_size=1), NO_CONTEXT
        )

    assert sorted(before) == sorted(after) == ["001", "002", "a3f"]
    assert [name for name in before if before[name] != after[name]] == ["a3f"]
    assert [each.record_id for each in listed.records] == [people[2]]
    assert [each.record_id for each in second.records] == [people[1]]
    assert "anna" not in str(listed)


async def test_what_the_owner_has_just_told_and_the_copy_has_not_taken_is_moving(ledger: Database) -> None:
    person_id, taken = new_id(), new_id()
    await hear_of(ledger, person_id, event_id=taken)
    await append(ledger, person_id, 1)
    desk = a_servicer(ledger, Service(records={"own": _OWN}))

    def asked(*events: pb.ToldEvent, record_set: str = PEOPLE) -> pb.ReadRecordsRequest:
        return pb.ReadRecordsRequest(record_set=record_set, record_ids=[person_id], events=events)

    def told(event_id: str, type_: str = PersonChanged.DESCRIPTOR.full_name) -> pb.ToldEvent:
        return pb.ToldEvent(event_id=event_id, event_type=type_, record_id=person_id)

    with bind(CALLER):
        owner = await desk.ReadRecords(asked(record_set="own"), NO_CONTEXT)
        moving = await desk.ReadRecords(asked(told(taken), told(new_id())), NO_CONTEXT)
        at_rest = await desk.ReadRecords(asked(told(taken), told(new_id(), "not.handled")), NO_CONTEXT)

    assert [event.record_id for event in owner.events] == [person_id]
    assert owner.aggregate == AGGREGATE
    assert (list(moving.moving_ids), list(at_rest.moving_ids)) == ([person_id], [])
    assert at_rest.consumer == f"{SERVICE}.directory"
    assert [each.record_id for each in at_rest.records] == [person_id]


async def test_an_event_of_long_ago_keeps_nothing_from_being_a_difference(ledger: Database) -> None:
    person_id = new_id()
    await append(ledger, person_id, 1)
    async with ledger.system() as connection:
        past = UNDER_WAY + timedelta(minutes=1)
        await connection.exec_driver_sql(
            f"UPDATE outbox SET recorded_at = recorded_at - interval '{past.total_seconds()} s'"
        )
    desk = a_servicer(ledger, Service(records={"own": _OWN}))

    with bind(CALLER):
        answer = await desk.ReadRecords(pb.ReadRecordsRequest(record_set="own", record_ids=[person_id]), NO_CONTEXT)

    assert not answer.events


async def test_a_record_whose_events_are_parked_is_named(ledger: Database) -> None:
    async def refuse(_: object) -> None:
        raise ValueError("poison")

    key = new_id()
    poisoned = Subscription("pipeline.ledger", (AGGREGATE,), {FollowUpRecorded: refuse})
    await Inbox(ledger, poisoned).apply(
        [an_event(FollowUpRecorded(follow_up_id=key), TENANT, aggregate_id=key, aggregate=AGGREGATE)]
    )
    kept = RecordSet(_OWN.select, consumer=poisoned.name)
    desk = a_servicer(ledger, Service(subscriptions=[poisoned], records={"kept": kept}))

    with bind(CALLER):
        answer = await desk.ReadRecords(pb.ReadRecordsRequest(record_set="kept", record_ids=[key]), NO_CONTEXT)

    assert list(answer.parked_ids) == [key]


async def test_a_set_that_is_not_kept_is_refused_by_name(ledger: Database) -> None:
    with bind(CALLER), pytest.raises(Invalid) as refused:
        await a_servicer(ledger).DigestRecords(pb.DigestRecordsRequest(record_set="leads"), NO_CONTEXT)

    assert refused.value.violations[0].field == "record_set"
    assert min(directory_records(SERVICE)) in refused.value.violations[0].message
