"""The router's part in a conversion: the lead ends as converted and is given back, each once, however often asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis import context
from chassis.context import Principal, RequestContext
from chassis.ids import new_id
from lead_router.domain.errors import LeadStateForbids
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb

from ..desk import NO_CONTEXT, REPS, TENANT, RouterDesk

SERVICE = Principal("service", "service:pipeline", None, frozenset({"service"}))
CUSTOMER, OPPORTUNITY = new_id(), new_id()


async def _mark(desk: RouterDesk, lead_id: str, opportunity_id: str = OPPORTUNITY) -> lead_pb2.Lead:
    request = pb.MarkLeadConvertedRequest(lead_id=lead_id, customer_id=CUSTOMER, opportunity_id=opportunity_id)
    with context.bind(RequestContext(SERVICE, TENANT, "/test")):
        return (await desk.leads.MarkLeadConverted(request, NO_CONTEXT)).lead


async def _undo(desk: RouterDesk, lead_id: str, opportunity_id: str = OPPORTUNITY) -> lead_pb2.Lead:
    request = pb.UndoLeadConversionRequest(lead_id=lead_id, opportunity_id=opportunity_id)
    with context.bind(RequestContext(SERVICE, TENANT, "/test")):
        return (await desk.leads.UndoLeadConversion(request, NO_CONTEXT)).lead


async def test_converted_lead_has_no_clock_and_its_owner_has_room_again(desk: RouterDesk) -> None:
    await desk.hire(REPS[0], open_cap=1)
    lead = (await desk.submit(phone="13490001234")).lead

    once = await _mark(desk, lead.lead_id)
    again = await _mark(desk, lead.lead_id)
    await desk.forward(timedelta(hours=49))
    await desk.run_timers()

    assert once == again
    assert (once.state, once.customer_id, once.opportunity_id) == (
        lead_pb2.LEAD_STATE_CONVERTED,
        CUSTOMER,
        OPPORTUNITY,
    )
    assert not (await desk.get(lead.lead_id)).to_be_activated
    assert (await desk.submit(phone="13490005678")).lead.owner_id == REPS[0]
    counts = await desk.conservation()
    assert (counts.received, counts.converted, counts.assigned, counts.gap) == (2, 1, 1, 0)


async def test_lead_whose_conversion_is_undone_is_its_owners_again_with_a_whole_clock(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    lead = (await desk.submit(phone="13490001234")).lead
    await _mark(desk, lead.lead_id)
    await desk.forward(timedelta(hours=49))

    undone = await _undo(desk, lead.lead_id)
    again = await _undo(desk, lead.lead_id)
    await desk.run_timers()

    assert undone == again
    assert (undone.state, undone.owner_id) == (lead_pb2.LEAD_STATE_ASSIGNED, REPS[0])
    assert (undone.customer_id, undone.opportunity_id) == ("", "")
    assert not (await desk.get(lead.lead_id)).to_be_activated
    await desk.forward(timedelta(hours=49))
    await desk.run_timers()
    assert (await desk.get(lead.lead_id)).to_be_activated


async def test_undoing_another_conversion_changes_nothing(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    lead = (await desk.submit(phone="13490001234")).lead
    await _mark(desk, lead.lead_id)

    assert (await _undo(desk, lead.lead_id, new_id())).state == lead_pb2.LEAD_STATE_CONVERTED

    with pytest.raises(LeadStateForbids):
        await _mark(desk, lead.lead_id, new_id())


async def test_lead_that_nobody_owns_is_not_converted(desk: RouterDesk) -> None:
    waiting = (await desk.submit(phone="13490001234")).lead

    with pytest.raises(LeadStateForbids):
        await _mark(desk, waiting.lead_id)
