from __future__ import annotations

import pytest
from sqlalchemy import text

from chassis.errors import NotFound
from throughline.lead_router.v1 import raw_lead_service_pb2 as pb

from ..desk import DIRECTOR, NO_CONTEXT, REPS, TENANT, RouterDesk


async def test_a_submission_is_shown_as_it_was_sent_and_the_look_is_audited(desk: RouterDesk) -> None:
    lead_id = (await desk.submit(phone=" 134-9000 1234", company="恒昌 ")).lead.lead_id
    request = pb.GetRawLeadRequest(lead_id=lead_id)

    with desk.as_person(DIRECTOR, "compliance"):
        raw = await desk.raw_leads.GetRawLead(request, NO_CONTEXT)
    with desk.as_person(REPS[0], "admin"), pytest.raises(NotFound):
        await desk.raw_leads.GetRawLead(request, NO_CONTEXT)

    assert (raw.submission.identity.phone, raw.submission.identity.company) == (" 134-9000 1234", "恒昌 ")
    assert raw.door == "SubmitLead"
    async with desk.database.transaction(TENANT) as transaction:
        looks = await transaction.connection.scalar(text("SELECT count(*) FROM audit WHERE action = 'lead.read_raw'"))
    assert looks == 1
