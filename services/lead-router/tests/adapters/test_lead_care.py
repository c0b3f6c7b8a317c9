"""Clocks that stand still, trials that near their end, ratings, deaths and shares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from chassis.errors import Invalid
from chassis.proto_values import moment_of, timestamp_of
from chassis.validation import validate
from lead_router.application.note_follow_up import NoteFollowUp
from lead_router.domain.ids import LeadId
from support.events import an_event, deliver
from throughline.lead_router.v1 import events_pb2 as events
from throughline.lead_router.v1 import lead_care_service_pb2 as pb
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as leads

from ..desk import DIRECTOR, NO_CONTEXT, REPS, TENANT, RouterDesk, a_submission


async def test_a_paused_clock_does_not_ring_and_runs_on_with_the_time_it_had_left(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    owned = (await desk.submit()).lead
    reason = lead_pb2.CLOCK_PAUSE_REASON_CUSTOMER_ASKED
    pause = pb.PauseClockRequest(
        lead_id=owned.lead_id, version=owned.version, clock=lead_pb2.LEAD_CLOCK_FOLLOW_UP, reason=reason
    )
    with desk.as_person(REPS[0], "rep"):
        paused = (await desk.care.PauseClock(pause, NO_CONTEXT)).lead
    assert list(paused.paused_clocks) == [lead_pb2.LEAD_CLOCK_FOLLOW_UP]

    await desk.forward(timedelta(hours=72))
    await desk.run_timers()
    silent = await desk.get(owned.lead_id)
    assert not silent.to_be_activated
    resume = pb.ResumeClockRequest(lead_id=owned.lead_id, version=silent.version, clock=lead_pb2.LEAD_CLOCK_FOLLOW_UP)
    with desk.as_person(REPS[0], "rep"):
        resumed = (await desk.care.ResumeClock(resume, NO_CONTEXT)).lead

    left = moment_of(resumed.follow_up_due_at) - moment_of(owned.follow_up_due_at)
    assert timedelta(hours=72) <= left < timedelta(hours=73)


async def test_a_trial_that_nears_its_end_makes_the_lead_urgent_then(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    submission = a_submission()
    async with desk.database.transaction(TENANT) as transaction:
        now = transaction.now
    submission.profile.trial_ends_at.CopyFrom(timestamp_of(now + timedelta(days=5)))
    with desk.as_person(DIRECTOR, "director", "admin"):
        lead = (await desk.leads.SubmitLead(leads.SubmitLeadRequest(submission=submission), NO_CONTEXT)).lead
    fact = events.LeadReceived(lead_id=lead.lead_id)
    await deliver(desk.database, desk.watch, an_event(fact, TENANT, aggregate_id=lead.lead_id, aggregate="lead"))

    await desk.forward(timedelta(days=2))
    await desk.run_timers()
    assert not (await desk.get(lead.lead_id)).is_urgent
    await desk.forward(timedelta(days=1, minutes=1))
    await desk.run_timers()

    assert (await desk.get(lead.lead_id)).is_urgent


async def test_closing_demands_why_and_how_good_and_sources_are_judged_by_it(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    first, second = (await desk.submit()).lead, (await desk.submit()).lead
    request = leads.CloseLeadRequest(lead_id=first.lead_id, version=first.version, reason="没有预算")
    with pytest.raises(Invalid) as refused:
        validate(request)
    assert {violation.field for violation in refused.value.violations} == {"death_reason", "quality"}
    request.death_reason, request.quality = lead_pb2.DEATH_REASON_NO_BUDGET, lead_pb2.LEAD_QUALITY_C

    with desk.as_person(REPS[0], "rep"):
        closed = (await desk.leads.CloseLead(request, NO_CONTEXT)).lead
        await desk.care.RateLead(
            pb.RateLeadRequest(lead_id=second.lead_id, version=second.version, quality=lead_pb2.LEAD_QUALITY_A),
            NO_CONTEXT,
        )
    with desk.as_person(DIRECTOR, "director"):
        [website] = (await desk.care.GetSourceQuality(pb.GetSourceQualityRequest(), NO_CONTEXT)).sources

    assert closed.end_reason == "no_budget"
    assert (website.source, website.leads, website.mean_rating) == ("website", 2, 3.0)
    assert [(death.reason, death.leads) for death in website.deaths] == [(lead_pb2.DEATH_REASON_NO_BUDGET, 1)]
    async with desk.database.transaction(TENANT) as transaction:
        told = await transaction.connection.execute(text("SELECT type FROM outbox WHERE aggregate = 'lead'"))
        assert {"LeadClosed", "LeadQualityRated"} <= {row.type.rpartition(".")[2] for row in told}


async def test_every_rep_sees_how_leads_were_shared_out_by_their_worth(desk: RouterDesk) -> None:
    await desk.hire(*REPS[:2])
    for _ in range(4):
        await desk.submit()

    with desk.as_person(REPS[1], "rep"):
        shares = await desk.care.GetAllocation(pb.GetAllocationRequest(), NO_CONTEXT)

    assert [share.leads for share in shares.reps] == [2, 2]
    assert sum(share.high + share.middle + share.low for share in shares.reps) == 4
    assert sum(share.high_share_pct for share in shares.reps) == pytest.approx(100)


async def test_response_times_are_shown_as_a_distribution(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    quick, slow = (await desk.submit()).lead, (await desk.submit()).lead
    for lead, minutes in ((quick, 20), (slow, 300)):
        received = moment_of(lead.received_at)
        await _follow_up(desk, lead.lead_id, received + timedelta(minutes=minutes))

    with desk.as_person(DIRECTOR, "director"):
        [rep] = (await desk.leads.GetResponseTimes(leads.GetResponseTimesRequest(), NO_CONTEXT)).reps

    assert {span.up_to_minutes: span.leads for span in rep.distribution if span.leads} == {30: 1, 360: 1}
    assert sum(span.leads for span in rep.distribution) == rep.followed_up


async def _follow_up(desk: RouterDesk, lead_id: str, at: datetime) -> None:
    with desk.as_person(DIRECTOR, "director"):
        await desk.note_follow_up(NoteFollowUp(f"f-{lead_id}", LeadId(lead_id), at.astimezone(UTC)))
