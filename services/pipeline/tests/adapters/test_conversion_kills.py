"""The service is killed at each step of a conversion; the next process brings it to rest, and nothing is done twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from pipeline.domain.ids import CustomerId
from support.killed import service_process, settings_of, until_killed
from support.waiting import eventually_async
from throughline.pipeline.v1 import conversion_service_pb2 as pb
from throughline.pipeline.v1.conversion_service_pb2_grpc import ConversionServiceStub

from ..builders import LEAD
from .sales_desk import SalesDesk

if TYPE_CHECKING:
    import subprocess
    from contextlib import AbstractContextManager

    from support.databases import Database as ProvisionedDatabase
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

FORWARD = ("conversion.done.customer", "conversion.done.contact", "conversion.done.opportunity", "conversion.done.lead")
BACKWARD = ("conversion.reverted.customer", "conversion.reverted.lead")
_PATIENCE_S = 30


@dataclass
class Site:
    """A desk that only looks, and service processes on the same database that do the work."""

    desk: SalesDesk
    database: ProvisionedDatabase
    port: int

    def process(self, failpoints: str = "") -> AbstractContextManager[subprocess.Popen[bytes]]:
        """The whole service as a process of its own, with failpoints."""
        known = self.desk.service.runtime.settings
        more = {
            "PEERS": self.desk.neighbours.peers,
            "OBJECTS_URL": known.objects_url,
            "FILE_TICKET_KEY": known.file_ticket_key,
            "FAILPOINTS": failpoints,
        }
        settings = settings_of("pipeline", self.database, self.desk.service.issuer, self.port, more)
        return service_process("pipeline", settings, role="all")

    async def until_killed(self, running: subprocess.Popen[bytes], ask: Callable[[Any], Any]) -> None:
        """Asks the process until it is dead; it must have died by SIGKILL."""
        await until_killed(running, self.port, lambda channel: ask(ConversionServiceStub(channel)))

    async def until_at_rest(self, state: int) -> pb.Conversion:
        """The lead's newest conversion, once it rests in the state."""

        async def newest() -> pb.Conversion | None:
            request = pb.ListConversionsRequest(lead_id=LEAD)
            listed = await self.desk.conversions.ListConversions(request, metadata=self.desk.who("anna"))
            [*_, oldest] = listed.conversions
            return oldest if oldest.state == state else None

        found = await eventually_async(newest, _PATIENCE_S, what=f"the conversion is in state {state}")
        assert found is not None
        return found


@pytest_asyncio.fixture
async def site(
    durable_database_factory: DatabaseFactory, token_issuer: TokenIssuer, free_port: Callable[[], int]
) -> AsyncIterator[Site]:
    database = durable_database_factory("pipeline")
    async with SalesDesk.open(database, token_issuer) as desk:
        yield Site(desk, database, free_port())


@pytest.mark.parametrize("place", FORWARD)
async def test_a_conversion_killed_at_a_step_is_done_once_by_the_next_process(site: Site, place: str) -> None:
    request = pb.ConvertLeadRequest(lead_id=LEAD, title="CT 采购")
    who = site.desk.who("anna")
    with site.process(f"{place}:1") as first:
        await site.until_killed(first, lambda stub: stub.ConvertLead(request, metadata=who, timeout=5))
    with site.process():
        done = await site.until_at_rest(pb.CONVERSION_STATE_DONE)

    master, router = site.desk.neighbours.master, site.desk.neighbours.router
    assert router.converted_into == {LEAD: done.opportunity_id}
    assert len(master.customers) == 2
    assert len(master.customers[CustomerId(done.customer_id)].contacts) == 1
    told = await site.desk.told()
    assert (told.count("OpportunityCreated"), told.count("conversion.done")) == (1, 1)


@pytest.mark.parametrize("place", BACKWARD)
async def test_an_undo_killed_at_a_step_is_finished_by_the_next_process(site: Site, place: str) -> None:
    done = await site.desk.convert()
    request = pb.UndoConversionRequest(conversion_id=done.conversion_id, version=done.version, reason="误转化")
    who = site.desk.who("anna")
    with site.process(f"{place}:1") as first:
        await site.until_killed(first, lambda stub: stub.UndoConversion(request, metadata=who, timeout=5))
    with site.process():
        await site.until_at_rest(pb.CONVERSION_STATE_UNDONE)

    assert site.desk.neighbours.router.converted_into == {}
    assert site.desk.neighbours.master.customers[CustomerId(done.customer_id)].known.is_archived
    told = await site.desk.told()
    assert (told.count("OpportunityWithdrawn"), told.count("conversion.undone")) == (1, 1)
