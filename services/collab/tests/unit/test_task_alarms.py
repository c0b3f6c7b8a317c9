from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis.errors import Invalid
from chassis.shifts import DayKind, Shift, Week
from chassis.working_time import WorkingCalendar
from collab.domain.task_alarms import Alarm, EscalationStep, TaskSettings, WorkingDays, next_alarm

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = Week.on(range(5), Shift(9 * 60, 18 * 60))
OFFICE = WorkingDays(WorkingCalendar.of(SHANGHAI, WEEK, {date(2026, 3, 16): DayKind.OFF}), SHANGHAI)
FRIDAY = datetime(2026, 3, 13, 7, tzinfo=UTC)
"""15:00 of a Friday in Shanghai; the Monday after it is off."""
EARLY = FRIDAY - timedelta(days=1)
SETTINGS = TaskSettings()


def alarms(due_at: datetime = FRIDAY, now: datetime = EARLY, settings: TaskSettings = SETTINGS) -> list[Alarm]:
    found: list[Alarm] = []
    while alarm := next_alarm(due_at, settings, OFFICE, after=found[-1].place if found else -1, now=now):
        found.append(alarm)
    return found


def test_the_assignee_is_reminded_and_told_then_the_line_above_by_working_days() -> None:
    assert [(alarm.at, alarm.levels_up, alarm.is_reminder) for alarm in alarms()] == [
        (FRIDAY - timedelta(hours=2), 0, True),
        (FRIDAY, 0, False),
        (datetime(2026, 3, 17, 7, tzinfo=UTC), 1, False),
        (datetime(2026, 3, 19, 7, tzinfo=UTC), 2, False),
    ]


def test_a_reminder_whose_time_is_over_is_left_out_and_no_step_is() -> None:
    late = alarms(now=FRIDAY + timedelta(days=30))

    assert [alarm.place for alarm in late] == [1, 2, 3]


def test_a_tenant_may_want_no_reminder_and_other_steps() -> None:
    settings = TaskSettings().put(timedelta(0), [EscalationStep(0, 1)])

    assert [(alarm.at, alarm.levels_up) for alarm in alarms(settings=settings)] == [(FRIDAY, 1)]
    assert settings.version == 2
    assert settings.put(timedelta(0), [EscalationStep(0, 1)]) is settings


def test_steps_come_one_after_another_and_never_go_down_the_line() -> None:
    with pytest.raises(Invalid) as refused:
        TaskSettings().put(timedelta(0), [EscalationStep(1, 2), EscalationStep(1, 1)])

    assert [violation.field for violation in refused.value.violations] == [
        "settings.steps[1].after_working_days",
        "settings.steps[1].levels_up",
    ]


def test_without_any_working_day_days_of_the_calendar_count() -> None:
    never = WorkingDays(WorkingCalendar.of(SHANGHAI, Week.on(())), SHANGHAI)

    assert never.after(FRIDAY, 3) == FRIDAY + timedelta(days=3)
    assert OFFICE.after(FRIDAY, 0) == FRIDAY
