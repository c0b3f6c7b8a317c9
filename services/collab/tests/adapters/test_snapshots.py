from __future__ import annotations

from google.protobuf.message import Message

from chassis.database import Database
from chassis.directory import Directory
from chassis.ids import TenantId
from collab.adapters.kafka.snapshots import SNAPSHOTS
from support.databases import DatabaseFactory
from support.events import deliver, directory_subscription, outbox_records
from throughline.collab.v1 import directory_service_pb2 as pb
from throughline.collab.v1 import events_pb2

from ..running import Running, TenantSite
from ..sales import SalesSite


async def snapshot(running: Running, site: TenantSite) -> None:
    """As `events snapshot` does for one tenant."""
    for aggregate in sorted(SNAPSHOTS):
        after = "first"
        while after:
            async with running.database.transaction(TenantId(site.tenant_id)) as transaction:
                after = await running.service.snapshots[aggregate](transaction, "" if after == "first" else after)


async def a_company(running: Running, people: int) -> TenantSite:
    site = await running.a_tenant()
    rows = [
        pb.PersonRow(employee_no=f"{number}", name="员工", subject=f"s{number}", team="销售一部", roles=["rep"])
        for number in range(people)
    ]
    request = pb.ImportDirectoryRequest(teams=[pb.TeamRow(team="销售一部", kind="sales")], people=rows)
    await running.directory.ImportDirectory(request, metadata=site.by_admin)
    await running.settle()
    return site


async def test_a_consumer_that_starts_without_history_learns_all_of_the_present_state(
    running: Running, database_factory: DatabaseFactory
) -> None:
    site = await a_company(running, people=501)

    await snapshot(running, site)

    emitted = await running.settle()
    kinds = [record.headers["ce_type"].rpartition(".")[2] for record in emitted]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "CalendarChanged": 1,
        "PersonChanged": 502,
        "TeamChanged": 2,
        "TenantChanged": 1,
    }
    async with Database.open(database_factory("collab").login_url, service="collab") as elsewhere:
        await deliver(elsewhere, directory_subscription("collab"), *emitted)
        found = await Directory(elsewhere).of(site.tenant_id)
    assert found.is_active
    assert len(found.people_with_role("rep")) == 501
    assert found.person_by_subject("chen.jing") is not None


async def test_a_snapshot_repeats_versions_and_changes_nothing_for_those_who_knew(running: Running) -> None:
    site = await a_company(running, people=2)
    before = await _versions(running)

    await snapshot(running, site)
    await running.settle()

    assert await _versions(running) == before


async def test_customers_and_their_contacts_are_told_again_with_their_versions(sales: SalesSite) -> None:
    customer = await sales.customer(grade="A")
    contact = await sales.contact(customer.customer_id, phone="13490001234")
    await sales.told()

    await snapshot(sales.running, sales.site)

    told = dict(await sales.told())
    assert set(told) == {"CustomerChanged", "CustomerContactChanged"}
    assert {record.headers["aggregate_version"] for record in told.values()} == {"2"}
    facts = events_pb2.CustomerChanged.FromString(told["CustomerChanged"].payload)
    assert (facts.customer.customer_id, facts.customer.grade, list(facts.fields)) == (customer.customer_id, "A", [])
    person = events_pb2.CustomerContactChanged.FromString(told["CustomerContactChanged"].payload)
    assert (person.contact_id, person.is_reachable) == (contact.contact_id, True)


async def test_a_tenant_that_is_not_there_has_no_snapshot(running: Running) -> None:
    nobody = TenantSite(running, "01a20077-c9fe-762e-a0c6-782f95e93c8f", "")

    await snapshot(running, nobody)

    assert await running.settle() == []


async def _versions(running: Running) -> dict[str, str]:
    versions = {}
    for record in await outbox_records(running.database):
        message: Message = events_pb2.PersonChanged()
        if record.headers["ce_type"] == message.DESCRIPTOR.full_name:
            versions[record.key] = record.headers["aggregate_version"]
    return versions
