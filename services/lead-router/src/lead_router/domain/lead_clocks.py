"""Both clocks of one lead and the alarms that rang, with what a follow-up does to them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lead_router.domain.errors import ClockStateForbids
from lead_router.domain.response_clock import ClockKind, ClockTerms, ResponseClock, WorkingTime

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Touch:
    """What one follow-up changed."""

    is_first: bool
    response_minutes: int | None
    reactivated: bool
    withdrawn: tuple[ClockKind, ...]
    """Alarms that should not have rung, as the follow-up came before their deadline."""


@dataclass(frozen=True, slots=True)
class LeadClocks:
    """Immutable; every move gives a new one. Its due times are None while there is nothing to wait for."""

    response: ResponseClock
    follow_up: ResponseClock | None = None
    """None while nobody owns the lead."""
    first_touched_at: datetime | None = None
    last_follow_up_at: datetime | None = None
    response_overdue: bool = False
    """The two-hour warning rang."""
    to_be_activated: bool = False
    """待激活: the 48-hour alarm rang for the present owner, and no follow-up came since."""
    alarm_unconfirmed: bool = False
    """It rang without the owner of follow-ups having been asked."""
    fell_silent: bool = False
    """The 48-hour alarm rang once, and rightly, for this owner or one before. Later follow-ups do not mend that."""

    @classmethod
    def from_receipt(cls, at: datetime, terms: ClockTerms) -> "LeadClocks":
        return cls(ResponseClock(ClockKind.RESPONSE, at, terms.response))

    def owned(self, at: datetime, terms: ClockTerms) -> "LeadClocks":
        """A new owner starts with a whole follow-up clock and without the alarms of the one before."""
        clock = ResponseClock(ClockKind.FOLLOW_UP, at, terms.follow_up)
        return replace(self, follow_up=clock, to_be_activated=False, alarm_unconfirmed=False)

    def disowned(self) -> "LeadClocks":
        return replace(self, follow_up=None, to_be_activated=False, alarm_unconfirmed=False)

    def ended(self, at: datetime) -> "LeadClocks":
        """Nothing is expected any more: both clocks stop. What rang stays on record."""
        follow_up = None if self.follow_up is None else self.follow_up.stop(at)
        return replace(self, response=self.response.stop(at), follow_up=follow_up)

    def response_due_at(self, working: WorkingTime) -> datetime | None:
        return None if self.response.stopped_at else self.response.due_at(working)

    def follow_up_due_at(self, working: WorkingTime) -> datetime | None:
        clock = self.follow_up
        return None if clock is None or clock.stopped_at else clock.due_at(working)

    def reopened(self) -> "LeadClocks":
        """The response clock goes on as if it had not stopped, unless the customer had an answer."""
        answered = self.first_touched_at is not None
        response = self.response if answered else replace(self.response, stopped_at=None)
        return replace(self.disowned(), response=response)

    def touched(self, occurred_at: datetime, working: WorkingTime) -> tuple["LeadClocks", Touch]:
        """With a follow-up that happened at `occurred_at`, which may be reported late and out of order.

        It answers the customer, whoever did it, and satisfies the follow-up clock unless it happened before the present
        owner had the lead.
        """
        is_first = self.first_touched_at is None or occurred_at < self.first_touched_at
        withdrawn: list[ClockKind] = []
        after = self
        if is_first:
            if self.response_overdue and _in_time(self.response, occurred_at, working):
                withdrawn.append(ClockKind.RESPONSE)
                after = replace(after, response_overdue=False)
            after = replace(after, first_touched_at=occurred_at, response=after.response.stop(occurred_at))
        reactivated = False
        if self.follow_up is not None and occurred_at >= self.follow_up.started_at:
            if self.to_be_activated and _in_time(self.follow_up, occurred_at, working):
                withdrawn.append(ClockKind.FOLLOW_UP)
                after = replace(after, fell_silent=False)
            reactivated = self.to_be_activated
            stopped = self.follow_up.stop(occurred_at)
            after = replace(after, follow_up=stopped, to_be_activated=False, alarm_unconfirmed=False)
        latest = occurred_at if self.last_follow_up_at is None else max(self.last_follow_up_at, occurred_at)
        minutes = after.response.elapsed(occurred_at, working) // _MINUTE if is_first else None
        return replace(after, last_follow_up_at=latest), Touch(is_first, minutes, reactivated, tuple(withdrawn))

    def paused(self, kind: ClockKind, at: datetime, reason: str) -> "LeadClocks":
        return self._with(kind, self._clock(kind).pause(at, reason))

    def resumed(self, kind: ClockKind, at: datetime) -> "LeadClocks":
        return self._with(kind, self._clock(kind).resume(at))

    def _clock(self, kind: ClockKind) -> ResponseClock:
        clock = self.response if kind is ClockKind.RESPONSE else self.follow_up
        if clock is None:
            raise ClockStateForbids(kind, "not started")
        return clock

    def _with(self, kind: ClockKind, clock: ResponseClock) -> "LeadClocks":
        return replace(self, response=clock) if kind is ClockKind.RESPONSE else replace(self, follow_up=clock)


def _in_time(clock: ResponseClock, occurred_at: datetime, working: WorkingTime) -> bool:
    due = clock.due_at(working)
    return due is not None and occurred_at <= due
