"""Leads that may be one customer: found after receipt, shown with reasons, dismissed for ever (LR-15, X-03)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.errors import Forbidden, NotFound
from chassis.ids import PersonId
from chassis.subscription import Subscription
from lead_router.adapters.kafka.duplicate_facts import duplicate_handlers
from lead_router.domain.errors import DuplicateStateForbids
from support.events import deliver, outbox_records
from throughline.lead_router.v1 import duplicate_service_pb2 as pb

from ..desk import DIRECTOR, NO_CONTEXT, REPS, RouterDesk

HENGCHANG, HOMOPHONE = "杭州恒昌信息技术有限公司", "杭州恒畅信息技术有限公司"


async def suspect(desk: RouterDesk) -> None:
    """Gives the router's own events to the consumer that looks for duplicates, twice, as a broker may."""
    subscription = Subscription("lead-router.duplicates", ("lead",), duplicate_handlers(desk.suspect))
    for _ in range(2):
        await deliver(desk.database, subscription, *await outbox_records(desk.database))


async def listed(
    desk: RouterDesk, by: PersonId = DIRECTOR, role: str = "director", **wanted: object
) -> list[pb.LeadDuplicate]:
    with desk.as_person(by, role):
        answer = await desk.duplicates.ListDuplicates(pb.ListDuplicatesRequest(**wanted), NO_CONTEXT)  # type: ignore[arg-type]
    return list(answer.duplicates)


async def dismiss(desk: RouterDesk, duplicate_id: str, by: PersonId, role: str, key: str = "") -> pb.LeadDuplicate:
    request = pb.DismissDuplicateRequest(duplicate_id=duplicate_id, reason="两家公司", request_id=key)
    with desk.as_person(by, role, key=key):
        return (await desk.duplicates.DismissDuplicate(request, NO_CONTEXT)).duplicate


async def test_a_lead_alike_is_suspected_with_reasons_that_add_up_and_says_who_follows_the_other(
    desk: RouterDesk,
) -> None:
    await desk.hire(REPS[0])
    first = await desk.submit(company=HENGCHANG, city="杭州")
    await desk.forward(timedelta(hours=1))
    second = await desk.submit(company=HOMOPHONE, city="杭州")
    await desk.submit(company="武汉江岸骨科医院")
    await suspect(desk)

    (pair,) = await listed(desk)

    assert (pair.lead.lead_id, pair.other.lead_id) == (second.lead.lead_id, first.lead.lead_id)
    assert pair.other.owner_id == REPS[0]
    assert pair.other.company == HENGCHANG
    assert pair.state == pb.DUPLICATE_STATE_SUSPECTED
    assert pair.is_shown
    assert sum(reason.points for reason in pair.reasons) == pytest.approx(pair.points)
    assert (await desk.conservation()).gap == 0


async def test_a_pair_concerns_those_who_see_either_lead_and_nobody_else(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    await desk.submit(company=HENGCHANG, city="杭州")
    await desk.submit(company=HOMOPHONE, city="杭州")
    await suspect(desk)
    (pair,) = await listed(desk, REPS[0], "rep")

    assert await listed(desk, REPS[1], "rep") == []
    with pytest.raises(NotFound):
        await dismiss(desk, pair.duplicate_id, REPS[1], "rep")
    with pytest.raises(Forbidden):
        await dismiss(desk, pair.duplicate_id, REPS[1], "admin")


async def test_a_dismissed_pair_stays_dismissed_and_is_not_suspected_again(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    first = await desk.submit(company=HENGCHANG, city="杭州")
    second = await desk.submit(company=HOMOPHONE, city="杭州")
    await suspect(desk)
    (pair,) = await listed(desk)

    dismissed = await dismiss(desk, pair.duplicate_id, REPS[0], "rep", key="k")
    again = await dismiss(desk, pair.duplicate_id, REPS[0], "rep", key="k")
    for lead in (first.lead, second.lead):
        with desk.as_person(DIRECTOR, "director"):
            await desk.suspect(lead.lead_id)  # type: ignore[arg-type]  # either side may come up anew

    assert dismissed == again
    assert dismissed.settled_by == REPS[0]
    assert [each.state for each in await listed(desk)] == [pb.DUPLICATE_STATE_DISMISSED]
    assert await listed(desk, state=pb.DUPLICATE_STATE_SUSPECTED) == []
    assert len(await listed(desk, lead_id=first.lead.lead_id)) == 1
    with pytest.raises(DuplicateStateForbids):
        await dismiss(desk, pair.duplicate_id, DIRECTOR, "director", key="other")
