"""A lead comes in: it is joined or placed, its owner is known, its clocks run, and the reason is on record."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, timedelta

from sqlalchemy import text

from chassis.ids import new_id
from lead_router.application.note_follow_up import NoteFollowUp
from lead_router.domain.ids import LeadId
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb

from ..desk import DIRECTOR, REPS, SUPERVISOR, TENANT, RouterDesk


async def _outbox(desk: RouterDesk) -> list[str]:
    async with desk.database.transaction(TENANT) as transaction:
        rows = await transaction.connection.execute(
            text("SELECT type FROM outbox WHERE aggregate = 'lead' ORDER BY seq")
        )
        return [row.type.rpartition(".")[2] for row in rows]


async def test_lead_goes_to_a_rep_with_a_receipt_whose_terms_add_up(desk: RouterDesk) -> None:
    await desk.hire(*REPS[:3])

    answer = await desk.submit(phone="13490001234", company="杭州恒昌信息技术有限公司")

    assert answer.outcome == pb.SUBMISSION_OUTCOME_CREATED
    assert answer.lead.state == lead_pb2.LEAD_STATE_ASSIGNED
    assert answer.lead.owner_id in REPS[:3]
    assert answer.receipt.model == "default"
    assert [c.rank for c in answer.receipt.candidates] == [1, 2, 3]
    for candidate in answer.receipt.candidates:
        assert sum(term.amount for term in candidate.terms) == candidate.total
    assert await _outbox(desk) == ["LeadReceived", "LeadAssigned"]


async def test_lead_with_nobody_eligible_stands_in_the_supervisors_queue(desk: RouterDesk) -> None:
    answer = await desk.submit(phone="13490001234")

    assert answer.lead.state == lead_pb2.LEAD_STATE_WAITING
    assert answer.lead.waiting_reason == lead_pb2.WAITING_REASON_SUPERVISOR
    assert answer.receipt.because == "NOBODY_ELIGIBLE"


async def test_waiting_lead_is_placed_when_a_rep_comes(desk: RouterDesk) -> None:
    waiting = await desk.submit(phone="13490001234")
    await desk.hire(REPS[0])

    await desk.forward(timedelta(minutes=31))
    await desk.run_timers()

    assert (await desk.get(waiting.lead.lead_id)).owner_id == REPS[0]


async def test_same_phone_joins_the_lead_that_is_there_and_tells_its_owner(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    first = await desk.submit(phone="13490001234", person="王小明")

    again = await desk.submit(phone="+86 134-9000-1234", person="王小明")

    assert again.outcome == pb.SUBMISSION_OUTCOME_JOINED
    assert again.join.lead_id == first.lead.lead_id
    assert again.join.owner_id == REPS[0]
    assert (await _outbox(desk))[-1] == "LeadJoined"
    counts = await desk.conservation()
    assert (counts.received, counts.assigned, counts.merged, counts.gap) == (2, 1, 1, 0)


async def test_twelve_equal_leads_at_the_same_instant_make_one(desk: RouterDesk) -> None:
    await desk.hire(*REPS[:2])

    answers = await asyncio.gather(*(desk.submit(phone="13490001234", person="王小明") for _ in range(12)))

    assert Counter(answer.outcome for answer in answers) == {
        pb.SUBMISSION_OUTCOME_CREATED: 1,
        pb.SUBMISSION_OUTCOME_JOINED: 11,
    }
    assert len({answer.lead.lead_id for answer in answers}) == 1
    assert (await desk.conservation()).gap == 0


async def test_repeated_request_gets_the_same_lead(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])

    first = await desk.submit(key="k", phone="13490001234", external_id="e1")
    again = await desk.submit(key="k", phone="13490001234", external_id="e1")

    assert again == first
    assert (await desk.conservation()).received == 1


async def test_nobody_gets_more_than_fits_and_the_rest_waits(desk: RouterDesk) -> None:
    await desk.hire(*REPS[:4], open_cap=3)

    answers = await asyncio.gather(*(desk.submit(external_id=f"lead-{number}") for number in range(20)))

    owners = Counter(answer.lead.owner_id for answer in answers if answer.lead.owner_id)
    waiting = [answer for answer in answers if answer.lead.state == lead_pb2.LEAD_STATE_WAITING]
    assert owners == dict.fromkeys(REPS[:4], 3)
    assert {answer.lead.waiting_reason for answer in waiting} == {lead_pb2.WAITING_REASON_FULL}
    assert len(waiting) == 8


async def test_silence_for_two_and_for_48_hours_rings_and_a_follow_up_stops_the_clocks(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    silent = await desk.submit(external_id="silent")
    worked = await desk.submit(external_id="worked")

    await desk.forward(timedelta(hours=1))
    await _follow_up(desk, worked.lead, timedelta(minutes=30))
    await desk.forward(timedelta(hours=2))
    await desk.run_timers()
    await desk.forward(timedelta(hours=47))
    await desk.run_timers()

    told = await _outbox(desk)
    assert told.count("LeadResponseOverdue") == 1
    assert told.count("LeadFellSilent") == 1
    assert told.count("LeadFollowedUp") == 1
    assert (await desk.get(silent.lead.lead_id)).to_be_activated
    assert not (await desk.get(worked.lead.lead_id)).to_be_activated


async def test_a_follow_up_after_48_hours_comes_too_late_for_the_share_reached_in_time(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    late = await desk.submit(external_id="late")
    early = await desk.submit(external_id="early")
    await _follow_up(desk, early.lead, timedelta(hours=1))
    await desk.forward(timedelta(hours=49))
    await desk.run_timers()
    await _follow_up(desk, late.lead, timedelta(hours=49))

    with desk.as_person(DIRECTOR, "director"):
        times = await desk.leads.GetResponseTimes(pb.GetResponseTimesRequest(), None)  # type: ignore[arg-type]

    assert [(rep.leads, rep.followed_up, rep.silent) for rep in times.reps] == [(2, 2, 1)]
    assert times.reached_share_pct == 50
    assert not (await desk.get(late.lead.lead_id)).to_be_activated


async def _follow_up(desk: RouterDesk, lead: lead_pb2.Lead, after: timedelta) -> None:
    with desk.as_person(REPS[0], "rep"):
        occurred_at = lead.received_at.ToDatetime(tzinfo=UTC) + after
        await desk.note_follow_up(NoteFollowUp(new_id(), LeadId(lead.lead_id), occurred_at))


async def test_override_moves_the_lead_and_keeps_the_ranking(desk: RouterDesk) -> None:
    await desk.hire(*REPS[:2])
    lead = (await desk.submit(external_id="one")).lead
    other = next(rep for rep in REPS[:2] if rep != lead.owner_id)

    with desk.as_person(SUPERVISOR, "supervisor"):
        request = pb.OverrideAssignmentRequest(
            lead_id=lead.lead_id, version=lead.version, rep_id=other, reason="知道这家客户"
        )
        done = await desk.leads.OverrideAssignment(request, None)  # type: ignore[arg-type]  # no network here

    assert done.lead.owner_id == other
    assert done.receipt.outcome == "OVERRIDDEN"
    assert len(done.receipt.candidates) == 2
    with desk.as_person(DIRECTOR, "director"):
        listed = await desk.leads.ListLeads(pb.ListLeadsRequest(owner_id=other), None)  # type: ignore[arg-type]
    assert [one.lead_id for one in listed.leads] == [lead.lead_id]
