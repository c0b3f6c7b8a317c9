"""When alarms ring, and when they turn out to have rung for nothing."""

import pytest

from lead_router.domain import events as e
from lead_router.domain.errors import AlarmNotDue, ClockStateForbids
from lead_router.domain.ids import DecisionId, PersonId
from lead_router.domain.response_clock import ClockKind

from .builders import HOUR, MINUTE, NOW, TERMS, a_lead, an_assigned_lead, an_owner

WORKING = TERMS.working


def test_a_lead_without_an_answer_for_two_hours_rings_once() -> None:
    lead = a_lead()

    with pytest.raises(AlarmNotDue):
        lead.warn_of_response(at=NOW + 2 * HOUR - MINUTE, working=WORKING)
    lead.warn_of_response(at=NOW + 2 * HOUR, working=WORKING)
    with pytest.raises(AlarmNotDue):
        lead.warn_of_response(at=NOW + 3 * HOUR, working=WORKING)

    [overdue] = lead.pull_events()
    assert isinstance(overdue, e.LeadResponseOverdue)
    assert overdue.due_at == NOW + 2 * HOUR


def test_the_response_clock_runs_from_receipt_whoever_owns_the_lead() -> None:
    lead = a_lead()
    lead.override_owner(
        an_owner(), reason="mine", moved_by=PersonId("boss"), decision_id=None, at=NOW + HOUR, terms=TERMS
    )

    assert lead.clocks.response_due_at(WORKING) == NOW + 2 * HOUR


def test_48_hours_of_silence_make_a_lead_to_be_activated() -> None:
    lead = an_assigned_lead()

    lead.fall_silent(at=NOW + 48 * HOUR, working=WORKING, is_unconfirmed=True)

    assert lead.clocks.to_be_activated
    assert lead.clocks.alarm_unconfirmed
    [silent] = lead.pull_events()
    assert isinstance(silent, e.LeadFellSilent)
    assert silent.owner == an_owner()
    assert silent.due_at == NOW + 48 * HOUR


def test_a_follow_up_in_time_leaves_nothing_to_ring() -> None:
    lead = an_assigned_lead()

    lead.record_follow_up("f-1", occurred_at=NOW + 47 * HOUR, at=NOW + 47 * HOUR, working=WORKING)

    with pytest.raises(AlarmNotDue):
        lead.fall_silent(at=NOW + 48 * HOUR, working=WORKING)


def test_a_late_follow_up_reactivates_without_withdrawing_the_alarm() -> None:
    lead = an_assigned_lead()
    lead.fall_silent(at=NOW + 48 * HOUR, working=WORKING)
    lead.pull_events()

    lead.record_follow_up("f-1", occurred_at=NOW + 50 * HOUR, at=NOW + 50 * HOUR, working=WORKING)

    assert not lead.clocks.to_be_activated
    assert lead.clocks.fell_silent
    [followed] = lead.pull_events()
    assert isinstance(followed, e.LeadFollowedUp)
    assert followed.reactivated


def test_a_follow_up_reported_late_withdraws_the_alarm_that_rang_meanwhile() -> None:
    lead = an_assigned_lead()
    lead.fall_silent(at=NOW + 48 * HOUR, working=WORKING)
    lead.pull_events()

    lead.record_follow_up("f-1", occurred_at=NOW + 47 * HOUR, at=NOW + 49 * HOUR, working=WORKING)

    _, withdrawn = lead.pull_events()
    assert isinstance(withdrawn, e.LeadAlarmWithdrawn)
    assert withdrawn.clock is ClockKind.FOLLOW_UP
    assert withdrawn.followed_up_at == NOW + 47 * HOUR
    assert not lead.clocks.fell_silent


def test_a_follow_up_at_the_very_deadline_was_in_time() -> None:
    lead = an_assigned_lead()
    lead.fall_silent(at=NOW + 48 * HOUR, working=WORKING)
    lead.pull_events()

    lead.record_follow_up("f-1", occurred_at=NOW + 48 * HOUR, at=NOW + 49 * HOUR, working=WORKING)

    assert [type(event) for event in lead.pull_events()] == [e.LeadFollowedUp, e.LeadAlarmWithdrawn]


def test_both_alarms_are_withdrawn_by_one_early_answer() -> None:
    lead = an_assigned_lead()
    lead.warn_of_response(at=NOW + 2 * HOUR, working=WORKING)
    lead.fall_silent(at=NOW + 48 * HOUR, working=WORKING)
    lead.pull_events()

    lead.record_follow_up("f-1", occurred_at=NOW + HOUR, at=NOW + 49 * HOUR, working=WORKING)

    withdrawn = [event.clock for event in lead.pull_events() if isinstance(event, e.LeadAlarmWithdrawn)]
    assert withdrawn == [ClockKind.RESPONSE, ClockKind.FOLLOW_UP]


def test_the_first_touch_tells_the_response_time() -> None:
    lead = an_assigned_lead()

    lead.record_follow_up("f-1", occurred_at=NOW + 95 * MINUTE, at=NOW + 95 * MINUTE, working=WORKING)
    lead.record_follow_up("f-2", occurred_at=NOW + 3 * HOUR, at=NOW + 3 * HOUR, working=WORKING)

    first, second = lead.pull_events()
    assert isinstance(first, e.LeadFollowedUp)
    assert isinstance(second, e.LeadFollowedUp)
    assert (first.is_first, first.response_minutes) == (True, 95)
    assert (second.is_first, second.response_minutes) == (False, None)


def test_an_earlier_touch_reported_later_becomes_the_first() -> None:
    lead = an_assigned_lead()
    lead.record_follow_up("f-2", occurred_at=NOW + 3 * HOUR, at=NOW + 3 * HOUR, working=WORKING)

    lead.record_follow_up("f-1", occurred_at=NOW + HOUR, at=NOW + 4 * HOUR, working=WORKING)

    assert lead.clocks.first_touched_at == NOW + HOUR
    assert lead.clocks.last_follow_up_at == NOW + 3 * HOUR


def test_a_follow_up_of_the_owner_before_does_not_stop_the_new_owners_clock() -> None:
    lead = an_assigned_lead()
    lead.override_owner(
        an_owner("bob"),
        reason="leave",
        moved_by=PersonId("boss"),
        decision_id=DecisionId("d"),
        at=NOW + 10 * HOUR,
        terms=TERMS,
    )

    lead.record_follow_up("f-1", occurred_at=NOW + 9 * HOUR, at=NOW + 11 * HOUR, working=WORKING)

    assert lead.clocks.first_touched_at == NOW + 9 * HOUR
    assert lead.clocks.follow_up_due_at(WORKING) == NOW + 58 * HOUR


def test_a_new_owner_starts_without_the_alarm_of_the_one_before() -> None:
    lead = an_assigned_lead()
    lead.fall_silent(at=NOW + 48 * HOUR, working=WORKING)

    lead.override_owner(
        an_owner("bob"), reason="silent", moved_by=PersonId("boss"), decision_id=None, at=NOW + 50 * HOUR, terms=TERMS
    )

    assert not lead.clocks.to_be_activated
    assert lead.clocks.follow_up_due_at(WORKING) == NOW + 98 * HOUR


def test_a_paused_follow_up_clock_rings_later_by_the_length_of_the_pause() -> None:
    lead = an_assigned_lead()

    lead.pause_clock(ClockKind.FOLLOW_UP, reason="customer travels", at=NOW + 10 * HOUR)
    assert lead.clocks.follow_up_due_at(WORKING) is None
    lead.resume_clock(ClockKind.FOLLOW_UP, at=NOW + 34 * HOUR, working=WORKING)

    _, resumed = lead.pull_events()
    assert isinstance(resumed, e.LeadClockResumed)
    assert resumed.due_at == NOW + 72 * HOUR


def test_a_clock_that_does_not_run_cannot_be_paused() -> None:
    lead = a_lead()

    with pytest.raises(ClockStateForbids):
        lead.pause_clock(ClockKind.FOLLOW_UP, reason="no owner yet", at=NOW)
