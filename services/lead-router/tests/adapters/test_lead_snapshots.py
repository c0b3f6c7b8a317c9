"""What a consumer without history is told of the leads that are there."""

from __future__ import annotations

from sqlalchemy import text

from chassis.directory import Directory
from lead_router.adapters.company import DirectoryCompany
from lead_router.adapters.postgres.lead_snapshots import LeadSnapshots
from throughline.lead_router.v1.events_pb2 import LeadSnapshot

from ..desk import TENANT, RouterDesk

_SNAPSHOTS = text("SELECT payload FROM outbox WHERE type = 'throughline.lead_router.v1.LeadSnapshot' ORDER BY seq")


async def test_every_lead_is_told_as_it_stands_with_its_worth(desk: RouterDesk) -> None:
    leads = [(await desk.submit(phone=phone)).lead for phone in ("13490001234", "13490001235")]

    async with desk.database.transaction(TENANT) as transaction:
        after = await LeadSnapshots(DirectoryCompany(Directory(desk.database)))(transaction, "")

    async with desk.database.transaction(TENANT) as transaction:
        rows = (await transaction.connection.execute(_SNAPSHOTS)).all()
    told = {each.lead_id: each for each in (LeadSnapshot.FromString(bytes(row.payload)) for row in rows)}
    assert after == ""
    assert {lead_id: (each.state, each.worth) for lead_id, each in told.items()} == {
        lead.lead_id: (lead.state, lead.worth) for lead in leads
    }
    assert {each.worth.currency_code for each in told.values()} == {"CNY"}
