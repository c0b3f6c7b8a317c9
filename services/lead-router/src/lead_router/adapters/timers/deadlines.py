"""The router's deadlines as kinds of timers."""

from chassis.timers import Confirmation, Timer, TimerKind
from lead_router.application.answer_offers import OfferDesk
from lead_router.application.keep_reps import RepKeeper
from lead_router.application.place_waiting import PlaceWaiting
from lead_router.application.raise_urgency import UrgencyWatch
from lead_router.application.recycle_leads import Recycler
from lead_router.application.ring_alarm import Alarms
from lead_router.application.timer_names import (
    FOLLOW_UP_DEADLINE,
    LOOK_AGAIN,
    NEXT_CANDIDATE,
    OFFER_EXPIRES,
    POOL_DEADLINE,
    RECONSIDER_POOLS,
    REP_REFRESH,
    RESPONSE_WARNING,
    TRIAL_ENDS_SOON,
)
from lead_router.domain.ids import LeadId, RepId
from lead_router.domain.response_clock import ClockKind


def deadlines(alarms: Alarms, keeper: RepKeeper, place_waiting: PlaceWaiting) -> list[TimerKind]:
    """What is done when each kind of deadline comes."""

    async def look_again(_: Timer) -> None:
        await place_waiting()

    async def refresh(timer: Timer) -> None:
        if await keeper.refresh(RepId(timer.key)):
            await place_waiting()

    return [
        _alarm(RESPONSE_WARNING, ClockKind.RESPONSE, alarms),
        _alarm(FOLLOW_UP_DEADLINE, ClockKind.FOLLOW_UP, alarms),
        TimerKind(LOOK_AGAIN, look_again),
        TimerKind(REP_REFRESH, refresh),
    ]


def pool_deadlines(offers: OfferDesk, recycler: Recycler, urgency: UrgencyWatch) -> list[TimerKind]:
    """What is done when offers, pools and trials come to their time."""

    async def expire(timer: Timer) -> None:
        await offers.expire(LeadId(timer.key))

    async def next_candidate(timer: Timer) -> None:
        await offers.next_candidate(LeadId(timer.key))

    async def recycle(timer: Timer) -> None:
        await recycler.act(LeadId(timer.key))

    async def reconsider(timer: Timer) -> None:
        after = timer.payload.get("after")
        await recycler.reconsider(LeadId(str(after)) if after else None)

    async def trial_ends(timer: Timer) -> None:
        await urgency.act(LeadId(timer.key))

    return [
        TimerKind(OFFER_EXPIRES, expire),
        TimerKind(NEXT_CANDIDATE, next_candidate),
        TimerKind(POOL_DEADLINE, recycle),
        TimerKind(RECONSIDER_POOLS, reconsider),
        TimerKind(TRIAL_ENDS_SOON, trial_ends),
    ]


def _alarm(name: str, clock: ClockKind, alarms: Alarms) -> TimerKind:
    async def ring(timer: Timer) -> None:
        await alarms.ring(LeadId(timer.key), clock, is_confirmed=timer.is_confirmed)

    async def confirm(timer: Timer) -> Confirmation:
        is_silent = await alarms.is_silent(LeadId(timer.key), clock)
        return Confirmation.STILL_SILENT if is_silent else Confirmation.ANSWERED

    return TimerKind(name, ring, confirm)
