"""FunnelService as a caller meets it: a real server, real tokens, the service's own wiring."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from chassis.proto_values import timestamp_of
from throughline.scoring.v1 import funnel_service_pb2 as pb

from ..builders import ANNA, BO, CHEN, HOUR, MONDAY, NORTH, SOUTH, TENANT, Life, a_life, a_sale
from .desk import Desk


async def test_a_director_sees_all_teams_and_their_total(desk: Desk) -> None:
    await desk.told(
        a_life().assign(ANNA).follow_up(), a_life().assign(BO).fall_silent(), a_life().assign(CHEN).close(), a_life()
    )

    answer = await desk.funnel("dir", group_by=pb.FUNNEL_GROUPING_TEAM)

    assert {row.group: row.received for row in answer.rows} == {NORTH: 2, SOUTH: 1, "": 1}
    assert answer.total == pb.FunnelRow(received=4, assigned=3, followed_up=1, silent=1, closed=1)


async def test_opportunities_stand_beside_the_leads_by_rep_team_and_day(desk: Desk) -> None:
    await desk.told(a_life().assign(ANNA), a_sale(owner=ANNA).win(), a_sale(owner=BO).lose(), a_sale(owner=CHEN))

    by_rep = await desk.funnel("sun", group_by=pb.FUNNEL_GROUPING_REP)
    by_team = await desk.funnel("dir", group_by=pb.FUNNEL_GROUPING_TEAM)
    by_day = await desk.funnel("dir", group_by=pb.FUNNEL_GROUPING_DAY)

    assert {row.group: (row.opportunities_won, row.opportunities_lost) for row in by_rep.rows} == {
        ANNA.person_id: (1, 0),
        BO.person_id: (0, 1),
    }
    assert {row.group: row.opportunities_created for row in by_team.rows} == {NORTH: 2, SOUTH: 1}
    assert list(by_day.rows) == [
        pb.FunnelRow(
            group="2026-03-09",
            received=1,
            assigned=1,
            opportunities_created=3,
            opportunities_won=1,
            opportunities_lost=1,
            decided_won=1,
            decided_lost=1,
        )
    ]


@pytest.mark.parametrize(
    ("subject", "seen"),
    [("anna", {ANNA.person_id}), ("sun", {ANNA.person_id, BO.person_id, ""}), ("chen", {CHEN.person_id})],
)
async def test_others_see_their_own_or_their_team_s(desk: Desk, subject: str, seen: set[str]) -> None:
    await desk.told(a_life().assign(ANNA), a_life().assign(BO), a_life().assign(CHEN), a_life())

    answer = await desk.funnel(subject, group_by=pb.FUNNEL_GROUPING_REP)

    assert {row.group for row in answer.rows} == seen
    assert answer.total.received == len(seen)


async def test_span_zone_and_state_of_knowledge_travel_with_the_request(desk: Desk) -> None:
    midnight = MONDAY - timedelta(hours=9)
    await desk.told(Life(at=midnight - HOUR).receive(), Life(at=midnight).receive().assign(ANNA))
    request = pb.GetFunnelRequest(
        group_by=pb.FUNNEL_GROUPING_DAY, to=timestamp_of(MONDAY), known_at=timestamp_of(midnight + HOUR)
    )
    getattr(request, "from").FromDatetime(midnight)

    answer = await desk.stub.GetFunnel(request, metadata=desk.issuer.person_metadata("dir", TENANT))

    assert list(answer.rows) == [pb.FunnelRow(group="2026-03-09", received=1)]


async def test_a_figure_opens_page_by_page_to_the_leads_that_the_caller_may_see(desk: Desk) -> None:
    lives = [Life(at=MONDAY + hours * HOUR).receive().assign(rep) for hours, rep in enumerate((ANNA, BO, CHEN))]
    await desk.told(*lives, a_sale(owner=ANNA, lead_id=lives[0].lead_id))
    asked = pb.ListFunnelLeadsRequest(
        figure="assigned", group_by=pb.FUNNEL_GROUPING_MONTH, group="2026-03", page_size=1
    )

    seen: list[pb.FunnelLead] = []
    while not seen or asked.page_token:
        page = await desk.stub.ListFunnelLeads(asked, metadata=desk.issuer.person_metadata("sun", TENANT))
        seen += page.leads
        asked.page_token = page.next_page_token
    sales = await desk.stub.ListFunnelOpportunities(
        pb.ListFunnelOpportunitiesRequest(figure="opportunities_created"),
        metadata=desk.issuer.person_metadata("sun", TENANT),
    )

    assert [(lead.lead_id, lead.owner_id) for lead in seen] == [
        (lives[1].lead_id, BO.person_id),
        (lives[0].lead_id, ANNA.person_id),
    ]
    assert [(sale.lead_id, sale.state, sale.stage) for sale in sales.opportunities] == [
        (lives[0].lead_id, "open", "qualify")
    ]


async def test_who_may_see_figures_and_no_leads_is_refused_their_leads(desk: Desk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.stub.ListFunnelLeads(
            pb.ListFunnelLeadsRequest(figure="received"), metadata=desk.issuer.person_metadata("mia", TENANT)
        )

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_role_without_the_permission_is_refused(desk: Desk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.funnel("law")

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_span_that_ends_before_it_begins_is_an_invalid_argument(desk: Desk) -> None:
    request = pb.GetFunnelRequest(to=timestamp_of(MONDAY - HOUR))
    getattr(request, "from").FromDatetime(MONDAY)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.stub.GetFunnel(request, metadata=desk.issuer.person_metadata("dir", TENANT))

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_service_asks_on_behalf_of_a_tenant(desk: Desk) -> None:
    await desk.told(a_life().assign(ANNA))

    answer = await desk.stub.GetFunnel(pb.GetFunnelRequest(), metadata=desk.issuer.service_metadata("gateway", TENANT))

    assert [row.received for row in answer.rows] == [1]


async def test_nobody_calls_without_a_token(desk: Desk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.stub.GetFunnel(pb.GetFunnelRequest())

    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
