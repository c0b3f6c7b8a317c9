"""A policy offers leads: reps accept or decline, offers run out, and the supervisors have the lead at the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.struct_pb2 import Struct

from chassis.errors import NotFound
from chassis.ids import PersonId
from throughline.lead_router.v1 import lead_pb2, rep_service_pb2
from throughline.lead_router.v1 import offer_service_pb2 as pb
from throughline.lead_router.v1 import policy_service_pb2 as policies

from ..desk import DIRECTOR, NO_CONTEXT, REPS, RouterDesk


async def _publish(desk: RouterDesk, **document: Any) -> None:
    wanted = Struct()
    wanted.update(document)
    with desk.as_person(DIRECTOR, "director"):
        await desk.policies.PublishPolicy(
            policies.PublishPolicyRequest(document=wanted, version=0, note="offers"), NO_CONTEXT
        )


async def _open_leads(desk: RouterDesk, rep: str) -> int:
    with desk.as_person(DIRECTOR, "director"):
        found = await desk.reps.GetRep(rep_service_pb2.GetRepRequest(rep_id=rep), NO_CONTEXT)
    return found.rep.open_leads


@pytest_asyncio.fixture
async def offering(desk: RouterDesk) -> RouterDesk:
    """Two reps, and a policy that offers leads to at most two of them for a quarter of an hour each."""
    await desk.hire(*REPS[:2])
    await _publish(desk, offers={"mode": "offer", "attempts": 2, "timeout_minutes": 15})
    return desk


async def test_an_accepted_offer_is_owned_and_its_follow_up_clock_runs(offering: RouterDesk) -> None:
    offered = (await offering.submit()).lead
    rep = PersonId(offered.offered_to_id)
    assert offered.state == lead_pb2.LEAD_STATE_OFFERED
    assert (await offering.conservation()).offered == 1

    with offering.as_person(rep, "rep"):
        listed = await offering.offers.ListOffers(pb.ListOffersRequest(), NO_CONTEXT)
        taken = await offering.offers.AcceptOffer(pb.AcceptOfferRequest(lead_id=offered.lead_id), NO_CONTEXT)

    assert [lead.lead_id for lead in listed.leads] == [offered.lead_id]
    assert (taken.lead.state, taken.lead.owner_id) == (lead_pb2.LEAD_STATE_ASSIGNED, rep)
    assert taken.lead.HasField("follow_up_due_at")
    assert await _open_leads(offering, rep) == 1


async def test_a_declined_offer_goes_to_the_next_candidate_and_an_expired_last_one_to_the_supervisors(
    offering: RouterDesk,
) -> None:
    offered = (await offering.submit()).lead
    first = PersonId(offered.offered_to_id)

    with offering.as_person(first, "rep"):
        await offering.offers.DeclineOffer(
            pb.DeclineOfferRequest(lead_id=offered.lead_id, reason="wrong_profile"), NO_CONTEXT
        )
    await offering.run_timers()
    again = await offering.get(offered.lead_id)
    assert again.state == lead_pb2.LEAD_STATE_OFFERED
    assert again.offered_to_id in set(REPS[:2]) - {first}

    await offering.forward(timedelta(minutes=15))
    await offering.run_timers()
    last = await offering.get(offered.lead_id)

    assert (last.state, last.waiting_reason) == (lead_pb2.LEAD_STATE_WAITING, lead_pb2.WAITING_REASON_SUPERVISOR)
    assert [await _open_leads(offering, rep) for rep in REPS[:2]] == [0, 0]
    assert (await offering.conservation()).gap == 0


async def test_nobody_answers_the_offer_of_another(offering: RouterDesk) -> None:
    offered = (await offering.submit()).lead
    other = next(rep for rep in REPS[:2] if rep != offered.offered_to_id)

    with offering.as_person(other, "rep"), pytest.raises(NotFound):
        await offering.offers.AcceptOffer(pb.AcceptOfferRequest(lead_id=offered.lead_id), NO_CONTEXT)

    assert (await offering.get(offered.lead_id)).state == lead_pb2.LEAD_STATE_OFFERED
