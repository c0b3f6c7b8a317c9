"""The parts of the workbench, asked of their owners over gRPC as the person who calls, as JSON like that of REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from gateway.adapters.http.transcoder import Upstream
from gateway.application.compose_workbench import Content
from gateway.transcoding.routes import Route, RouteTable
from throughline.collab.v1.workbench_service_pb2 import GetWorkbenchRequest
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1.lead_service_pb2 import ListLeadsRequest, ListLeadsResponse
from throughline.pipeline.v1 import opportunity_pb2
from throughline.pipeline.v1.opportunity_service_pb2 import ListOpportunitiesRequest, ListOpportunitiesResponse

_LOOKED_AT, _SHOWN = 200, 20


class WorkbenchParts:
    """Each part is one call; of what is looked at, the newest 200, the 20 that have waited longest are shown."""

    def __init__(self, upstream: Upstream, table: RouteTable) -> None:
        self._upstream = upstream
        self._routes = {route.method.name: route for route in table.routes}

    @property
    def all(self) -> Mapping[str, Callable[[str], Awaitable[Content]]]:
        """By name."""
        return {
            "own": self._own,
            "leads_to_touch": self._leads_to_touch,
            "leads_to_assign": self._leads_to_assign,
            "opportunities_at_a_gate": self._opportunities_at_a_gate,
        }

    async def _own(self, _person_id: str) -> Content:
        """Tasks, notifications and customers."""
        return await self._call("collab", self._routes["GetWorkbench"], GetWorkbenchRequest())

    async def _leads_to_touch(self, person_id: str) -> Content:
        """The person's leads that nobody has followed up yet."""
        asked = ListLeadsRequest(states=[lead_pb2.LEAD_STATE_ASSIGNED], owner_id=person_id, page_size=_LOOKED_AT)
        return await self._leads(asked, lambda lead: not lead.HasField("first_touched_at"))

    async def _leads_to_assign(self, _person_id: str) -> Content:
        """Leads that wait for the person, as a supervisor, to assign them."""
        asked = ListLeadsRequest(
            states=[lead_pb2.LEAD_STATE_WAITING],
            waiting_reason=lead_pb2.WAITING_REASON_SUPERVISOR,
            page_size=_LOOKED_AT,
        )
        return await self._leads(asked, lambda _: True)

    async def _leads(self, asked: ListLeadsRequest, is_wanted: Callable[[Any], bool]) -> Content:
        route = self._routes["ListLeads"]
        answer = await self._upstream.unary("lead-router", route, asked)
        found = [lead for lead in answer.leads if is_wanted(lead)]  # type: ignore[attr-defined]  # by the route
        shown = ListLeadsResponse(leads=list(reversed(found))[:_SHOWN])
        return _part(route, shown, "leads", found, is_cut=bool(answer.next_page_token))  # type: ignore[attr-defined]

    async def _opportunities_at_a_gate(self, person_id: str) -> Content:
        """The person's open opportunities whose gate is not met."""
        route = self._routes["ListOpportunities"]
        asked = ListOpportunitiesRequest(
            owner_id=person_id, state=opportunity_pb2.OPPORTUNITY_STATE_OPEN, page_size=_LOOKED_AT
        )
        answer = await self._upstream.unary("pipeline", route, asked)
        found = [each for each in answer.opportunities if each.missing_items]  # type: ignore[attr-defined]
        shown = ListOpportunitiesResponse(opportunities=list(reversed(found))[:_SHOWN])
        return _part(route, shown, "opportunities", found, is_cut=bool(answer.next_page_token))  # type: ignore[attr-defined]

    async def _call(self, service: str, route: Route, request: Message) -> Content:
        return route.response.encode(await self._upstream.unary(service, route, request))


def _part(route: Route, shown: Message, name: str, found: list[Any], *, is_cut: bool) -> Content:
    """What is shown, how many there are, and whether there may be more than were looked at."""
    document = route.response.encode(shown)
    return {name: document.get(name, []), "count": len(found), "is_cut": is_cut}
