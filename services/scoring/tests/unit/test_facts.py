from typing import Any

import pytest
from google.protobuf.message import Message

from chassis.proto_values import timestamp_of
from scoring.adapters.kafka.facts import fact_of, taken_together, told_by
from scoring.application.record_fact import RecordFact, RecordFactsHandler
from scoring.domain.ids import LeadId, SubmissionId
from scoring.domain.lead_progress import (
    Alarm,
    AlarmKind,
    Conversion,
    ConversionKind,
    JoinedSubmission,
    Ownership,
    Step,
    UndoneJoin,
)
from throughline.collab.v1 import events_pb2 as customer_events
from throughline.lead_router.v1 import events_pb2 as lead_events
from throughline.lead_router.v1 import lead_pb2
from throughline.pipeline.v1 import events_pb2 as pipeline_events

from ..builders import ANNA, HOUR, MONDAY, NORTH, Telling, a_life
from ..in_memory import InMemoryUnitOfWork

LEAD, OTHER = "01900000-0000-7000-8000-0000000000d1", "01900000-0000-7000-8000-0000000000d2"


def told(message: Message, **facts: Any) -> Any:
    return told_by(Telling(message, **facts).event())


def test_every_event_of_leads_follow_ups_opportunities_and_customers_has_a_handler() -> None:
    taken = taken_together(RecordFactsHandler(InMemoryUnitOfWork(MONDAY)))

    told_of_customers = {
        name for name in customer_events.DESCRIPTOR.message_types_by_name if name.startswith("Customer")
    }
    declared = {*lead_events.DESCRIPTOR.message_types_by_name, *pipeline_events.DESCRIPTOR.message_types_by_name}
    declared |= told_of_customers
    assert {kind.DESCRIPTOR.name for kind in taken.kinds} == declared


async def test_a_fact_that_comes_again_is_kept_once() -> None:
    unit_of_work = InMemoryUnitOfWork(MONDAY)
    event = a_life().told[0].event()
    command = RecordFact(fact_of(event), told_by(event))

    for _ in range(2):
        await RecordFactsHandler(unit_of_work)([command])

    assert list(unit_of_work.work.warehouse.facts) == [event.id]
    assert unit_of_work.work.funnels.told == [command.told]


def test_a_fact_holds_ids_in_columns_and_the_whole_message_beside_them() -> None:
    message = lead_events.LeadReassigned(
        lead_id=LEAD, owner_id=ANNA.person_id, team_id=NORTH, by_person_id=OTHER, decision_id=OTHER
    )

    fact = fact_of(Telling(message, version=3, occurred_at=MONDAY - HOUR).event())

    assert (fact.type, fact.aggregate_version) == ("throughline.lead_router.v1.LeadReassigned", 3)
    assert (fact.occurred_at, fact.recorded_at) == (MONDAY - HOUR, MONDAY)
    assert (fact.lead_id, fact.owner_id, fact.team_id, fact.person_id) == (LEAD, ANNA.person_id, NORTH, OTHER)
    assert fact.source is None
    assert fact.payload["decision_id"] == OTHER


def test_an_event_that_the_funnel_does_not_know_tells_it_nothing() -> None:
    assert told(lead_events.LeadResponseOverdue(lead_id=LEAD)) is None


def test_a_customer_s_follow_up_tells_the_funnel_nothing() -> None:
    assert told(pipeline_events.FollowUpRecorded(customer_id=OTHER)) is None


def test_a_receipt_tells_source_and_time_of_receipt() -> None:
    message = lead_events.LeadReceived(lead_id=LEAD, source="expo", received_at=timestamp_of(MONDAY - HOUR))

    progress = told(message)

    assert (progress.lead_id, progress.source) == (LeadId(LEAD), "expo")
    assert progress.reached == {Step.RECEIVED: MONDAY - HOUR}


def test_a_message_without_a_time_of_its_own_happened_when_its_event_did() -> None:
    assert told(lead_events.LeadReceived(lead_id=LEAD), occurred_at=MONDAY).reached == {Step.RECEIVED: MONDAY}


@pytest.mark.parametrize("kind", [lead_events.LeadAssigned, lead_events.LeadReassigned])
def test_an_assignment_tells_the_owner_and_the_step(kind: Any) -> None:
    progress = told(kind(lead_id=LEAD, owner_id=ANNA.person_id, team_id=NORTH), version=7)

    assert progress.ownership == Ownership(ANNA.person_id, NORTH)
    assert (progress.version, progress.reached) == (7, {Step.ASSIGNED: MONDAY})


@pytest.mark.parametrize("kind", [lead_events.LeadQueued, lead_events.LeadRejected])
def test_a_lead_that_waits_or_was_refused_is_nobody_s(kind: Any) -> None:
    assert told(kind(lead_id=LEAD)).ownership == Ownership(None, None)


def test_a_silence_tells_its_deadline_and_a_withdrawal_the_follow_up() -> None:
    silent = told(lead_events.LeadFellSilent(lead_id=LEAD, due_at=timestamp_of(MONDAY)))
    withdrawn = told(
        lead_events.LeadAlarmWithdrawn(
            lead_id=LEAD, followed_up_at=timestamp_of(MONDAY - HOUR), is_follow_up_alarm=True
        )
    )

    assert silent.alarm == Alarm(AlarmKind.SILENT, MONDAY)
    assert withdrawn.alarm == Alarm(AlarmKind.WITHDRAWN, MONDAY - HOUR)


def test_the_withdrawal_of_a_two_hour_warning_tells_the_funnel_nothing() -> None:
    assert told(lead_events.LeadAlarmWithdrawn(lead_id=LEAD, is_follow_up_alarm=False)) is None


def test_a_snapshot_tells_what_the_present_state_shows() -> None:
    snapshot = lead_events.LeadSnapshot(
        lead_id=LEAD,
        state=lead_pb2.LEAD_STATE_ASSIGNED,
        to_be_activated=True,
        owner_id=ANNA.person_id,
        source="expo",
        received_at=timestamp_of(MONDAY - 3 * HOUR),
        assigned_at=timestamp_of(MONDAY - 2 * HOUR),
        first_touched_at=timestamp_of(MONDAY - HOUR),
    )

    progress = told(snapshot)

    assert progress.reached == {
        Step.RECEIVED: MONDAY - 3 * HOUR,
        Step.ASSIGNED: MONDAY - 2 * HOUR,
        Step.FOLLOWED_UP: MONDAY - HOUR,
    }
    assert progress.alarm == Alarm(AlarmKind.SILENT, MONDAY)


def test_a_snapshot_of_an_ended_lead_tells_its_end() -> None:
    closed = told(lead_events.LeadSnapshot(lead_id=LEAD, state=lead_pb2.LEAD_STATE_CLOSED))
    converted = told(lead_events.LeadSnapshot(lead_id=LEAD, state=lead_pb2.LEAD_STATE_CONVERTED))

    assert Step.CLOSED in closed.reached
    assert converted.conversion == Conversion(ConversionKind.CONVERTED, MONDAY)


def test_the_undoing_of_a_join_tells_of_the_submission() -> None:
    message = lead_events.LeadJoinUndone(lead_id=LEAD, submission_id=OTHER, source="expo")

    assert told(message).joined == UndoneJoin(SubmissionId(OTHER), "expo")


def test_a_snapshot_that_names_an_owner_tells_of_an_assignment() -> None:
    snapshot = lead_events.LeadSnapshot(lead_id=LEAD, state=lead_pb2.LEAD_STATE_CLOSED, owner_id=ANNA.person_id)

    assert Step.ASSIGNED in told(snapshot).reached


def test_a_snapshot_of_a_rejected_lead_tells_no_step() -> None:
    snapshot = lead_events.LeadSnapshot(lead_id=LEAD, state=lead_pb2.LEAD_STATE_REJECTED, source="expo")

    assert (told(snapshot).reached, told(snapshot).ownership) == ({}, Ownership(None, None))


def test_a_snapshot_of_a_joined_submission_tells_of_the_lead_it_was_joined_to() -> None:
    snapshot = lead_events.LeadSnapshot(
        lead_id=OTHER,
        state=lead_pb2.LEAD_STATE_MERGED,
        merged_into=LEAD,
        source="expo",
        received_at=timestamp_of(MONDAY),
    )

    progress = told(snapshot)

    assert progress.lead_id == LEAD
    assert progress.joined == JoinedSubmission(SubmissionId(OTHER), "expo", MONDAY)
    assert progress.ownership is None
