"""The summary of a first contact: three things, all of them, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, Stale
from pipeline.domain.errors import FirstContactSummaryClosed
from pipeline.domain.first_contact import FirstContactSettings, FirstContactSummary, IntentLevel, SummaryContent

from ..builders import ANNA, LEAD, MONDAY, a_follow_up

LEVELS = FirstContactSettings().intent_levels
LIMIT = FirstContactSettings().limit
WHOLE = SummaryContent("候诊时间长", "设备科提出，院长批准", "A")
BY = f"person:{ANNA}"


def a_summary() -> FirstContactSummary:
    return FirstContactSummary.of(a_follow_up(), LEAD, LIMIT)


def test_the_limit_runs_from_the_contact_however_late_it_was_recorded() -> None:
    late = a_follow_up(recorded_at=MONDAY + timedelta(hours=5))

    summary = FirstContactSummary.of(late, LEAD, LIMIT)

    assert summary.due_at == MONDAY + timedelta(minutes=30)
    assert summary.is_open


@given(
    st.builds(
        SummaryContent,
        st.sampled_from(["", "  ", "痛点"]),
        st.sampled_from(["", "\n", "院长"]),
        st.sampled_from(["", " ", "A", "Z"]),
    )
)
def test_it_closes_only_whole_and_every_field_that_is_missing_is_named(content: SummaryContent) -> None:
    missing = {
        name for name in ("pain_point", "decision_chain", "intent_level") if not getattr(content, name).strip()
    } | ({"intent_level"} if content.intent_level == "Z" else set())

    if not missing:
        assert not a_summary().submitted(content, LEVELS, by=BY, at=MONDAY).is_open
        return
    with pytest.raises(Invalid) as refused:
        a_summary().submitted(content, LEVELS, by=BY, at=MONDAY)
    assert {fault.field for fault in refused.value.violations} == missing


def test_one_that_is_overdue_stays_open_and_is_known_as_late_when_filled() -> None:
    overdue = a_summary().expired()
    filled = overdue.submitted(WHOLE, LEVELS, by=BY, at=MONDAY + timedelta(hours=3))

    assert (overdue.is_open, overdue.is_overdue, overdue.version) == (True, True, 2)
    assert overdue.expired() is overdue
    assert (filled.is_open, filled.is_overdue, filled.content) == (False, True, WHOLE)
    assert filled.expired() is filled


def test_one_that_was_filled_does_not_change_any_more() -> None:
    filled = a_summary().submitted(WHOLE, LEVELS, by=BY, at=MONDAY)

    with pytest.raises(FirstContactSummaryClosed):
        filled.submitted(WHOLE, LEVELS, by=BY, at=MONDAY)
    assert not filled.is_overdue


def test_settings_are_put_by_who_saw_the_present_ones_and_name_each_level_once() -> None:
    begun = FirstContactSettings()
    once = begun.put(timedelta(minutes=15), [IntentLevel("HOT", "热")], seen=0)

    assert (once.version, once.limit) == (1, timedelta(minutes=15))
    assert begun.put(begun.limit, begun.intent_levels, seen=0) is begun
    with pytest.raises(Stale):
        once.put(begun.limit, begun.intent_levels, seen=0)
    with pytest.raises(Invalid):
        begun.put(begun.limit, [*LEVELS, LEVELS[0]], seen=0)
