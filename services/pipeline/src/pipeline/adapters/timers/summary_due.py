"""The deadline of a first contact's summary."""

from chassis.timers import Timer, TimerKind
from pipeline.application.first_contacts import SUMMARY_DUE, FirstContactDesk
from pipeline.domain.ids import LeadId


def summary_due(desk: FirstContactDesk) -> TimerKind:
    """Rings for whoever owes the summary."""

    async def ring(timer: Timer) -> None:
        await desk.ring(LeadId(timer.key))

    return TimerKind(SUMMARY_DUE, ring)
