"""When people are told of a task, and how far up the reporting line: a reminder, then step by step once it is due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from chassis.errors import Invalid, Stale, Violation
from chassis.working_time import WorkingTime
from collab.domain.versions import succeeded

_LONGEST_SEARCH_DAYS = 366
"""A calendar without a working day for so long is taken to have none; days of the calendar count then."""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Whom a task that is overdue is told to, and when."""

    after_working_days: int
    """0 for the due time itself."""
    levels_up: int
    """0 the assignee, 1 the direct supervisor, and so on."""


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """The settings of one tenant. Every tenant begins with the same ones, as version 1."""

    remind_before: timedelta = timedelta(hours=2)
    """Zero for never."""
    steps: tuple[EscalationStep, ...] = (EscalationStep(0, 0), EscalationStep(1, 1), EscalationStep(3, 2))
    version: int = 1

    def require_version(self, seen: int) -> None:
        """Refuses a change by somebody who saw an older version.

        Raises:
            Stale: with the present version.
        """
        if seen != self.version:
            raise Stale("task-settings", "default", self.version)

    def put(self, remind_before: timedelta, steps: Sequence[EscalationStep]) -> "TaskSettings":
        """These settings with other contents; themselves where nothing differs.

        Raises:
            Invalid: names every step that does not come after the one before it, or goes down the line.
        """
        faults = []
        for place, (earlier, later) in enumerate(pairwise(steps), 1):
            if later.after_working_days <= earlier.after_working_days:
                message = "must be more than in the step before"
                faults.append(Violation(f"settings.steps[{place}].after_working_days", "steps.order", message))
            if later.levels_up < earlier.levels_up:
                message = "must not be fewer than in the step before"
                faults.append(Violation(f"settings.steps[{place}].levels_up", "steps.order", message))
        if faults:
            raise Invalid(faults)
        return succeeded(self, replace(self, remind_before=remind_before, steps=tuple(steps)))


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The tenant's working days."""

    working: WorkingTime
    zone: ZoneInfo

    def after(self, start: datetime, days: int) -> datetime:
        """The same time of the day so many working days later."""
        local = start.astimezone(self.zone)
        left = days
        for ahead in range(1, _LONGEST_SEARCH_DAYS + 1):
            if left == 0:
                break
            left -= self._is_worked(local + timedelta(days=ahead))
            if left == 0:
                return (local + timedelta(days=ahead)).astimezone(start.tzinfo)
        return start + timedelta(days=left)

    def _is_worked(self, local: datetime) -> bool:
        midnight = datetime.combine(local.date(), time(), self.zone)
        following = datetime.combine(local.date() + timedelta(days=1), time(), self.zone)
        return next(self.working.windows(midnight, following), None) is not None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One moment at which somebody is told."""

    place: int
    """0 the reminder, from 1 the steps."""
    at: datetime
    levels_up: int
    """0 for the reminder."""

    @property
    def is_reminder(self) -> bool:
        """Whether it comes before the due time."""
        return self.place == 0


def next_alarm(
    due_at: datetime, settings: TaskSettings, days: WorkingDays, *, after: int, now: datetime
) -> Alarm | None:
    """The alarm that follows on one, by its place; None where that was the last.

    Args:
        after: place of the alarm before; -1 for none yet.
        now: a reminder whose time is over is left out; a step never is.
    """
    if after < 0 and settings.remind_before and (at := due_at - settings.remind_before) > now:
        return Alarm(0, at, 0)
    place = max(after + 1, 1)
    if place > len(settings.steps):
        return None
    step = settings.steps[place - 1]
    return Alarm(place, days.after(due_at, step.after_working_days), step.levels_up)
