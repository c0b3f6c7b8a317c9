from __future__ import annotations

import pytest

from chassis.ids import PersonId
from chassis.subscription import Subscription
from lead_router.adapters.kafka.lead_facts import lead_fact_handlers
from support.events import deliver, outbox_records
from throughline.lead_router.v1 import lead_service_pb2 as pb

from ..desk import DIRECTOR, NO_CONTEXT, REPS, RouterDesk

HENGCHANG = "杭州恒昌信息技术有限公司"


async def index(desk: RouterDesk) -> None:
    """Gives the router's own events to the consumer that keeps what leads are found by."""
    subscription = Subscription("lead-router.search", ("lead",), lead_fact_handlers(desk.index_lead))
    await deliver(desk.database, subscription, *await outbox_records(desk.database))


async def found(desk: RouterDesk, query: str, by: PersonId = DIRECTOR, role: str = "director") -> list[str]:
    with desk.as_person(by, role):
        answer = await desk.leads.SearchLeads(pb.SearchLeadsRequest(query=query), NO_CONTEXT)
    return [lead.identity.company for lead in answer.leads]


@pytest.mark.parametrize("query", ["恒昌", "hengchang", "HZHC", "王小明", "xiaoming", "13490001", "1234"])
async def test_a_lead_is_found_by_its_company_its_person_or_its_phone(desk: RouterDesk, query: str) -> None:
    await desk.submit(phone="13490001234", person="王小明", company=HENGCHANG)
    await desk.submit(phone="13490005678", company="武汉江岸骨科医院")
    await index(desk)

    assert await found(desk, query) == [HENGCHANG]


async def test_personal_data_lead_only_those_to_a_lead_who_see_them_in_clear(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    await desk.submit(phone="13490001234", person="王小明", company=HENGCHANG)
    await index(desk)
    callers = [(REPS[0], "rep"), (REPS[1], "rep"), (REPS[1], "admin"), (REPS[1], "compliance")]

    by_company = [len(await found(desk, "恒昌", *caller)) for caller in callers]
    by_person = [len(await found(desk, "王小明", *caller)) for caller in callers]

    assert by_company == [1, 0, 1, 1]
    assert by_person == [1, 0, 0, 1]


async def test_a_joined_lead_is_found_once_and_the_shortest_name_comes_first(desk: RouterDesk) -> None:
    await desk.submit(phone="13490001234", company=HENGCHANG)
    await desk.submit(phone="13490001234", company=HENGCHANG)
    await desk.submit(phone="13490005678", company="恒昌")
    await index(desk)

    assert await found(desk, "hengchang") == ["恒昌", HENGCHANG]
