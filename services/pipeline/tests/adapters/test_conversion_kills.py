"""The service is killed at each step of a conversion; the next process brings it to rest, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio

from pipeline.domain.ids import CustomerId
from support.waiting import eventually_async
from throughline.pipeline.v1 import conversion_service_pb2 as pb
from throughline.pipeline.v1.conversion_service_pb2_grpc import ConversionServiceStub

from ..builders import LEAD
from .sales_desk import SalesDesk

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    @contextmanager
    def process(self, failpoints: str = "") -> Iterator[subprocess.Popen[bytes]]:
        """The whole service as a process of its own, with failpoints; no broker answers."""
        issuer = self.desk.service.issuer
        settings = {
            "ENVIRONMENT": "development",
            "DATABASE_URL": self.database.login_url,
            "KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "GRPC_LISTEN": f"127.0.0.1:{self.port}",
            "ISSUERS": issuer.setting,
            "CLIENT_ID": "pipeline",
            "CLIENT_SECRET": "secret",
            "TOKEN_URL": issuer.token_url,
            "PEERS": self.desk.neighbours.peers,
            "FAILPOINTS": failpoints,
        }
        environment = {**os.environ, **{f"PIPELINE_{name}": value for name, value in settings.items()}}
        command = [sys.executable, "-m", "pipeline", "all"]
        running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield running
        finally:
            running.kill()
            running.wait()

    async def until_killed(self, running: subprocess.Popen[bytes], ask: Callable[[Any], Any]) -> None:
        """Asks the process until it is dead; it must have died by SIGKILL."""

        async def is_dead() -> bool:
            if running.poll() is None:
                async with grpc.aio.insecure_channel(f"127.0.0.1:{self.port}") as channel:
                    with suppress(grpc.aio.AioRpcError):  # it is not up yet, or has just died
                        await ask(ConversionServiceStub(channel))
            return running.poll() is not None

        await eventually_async(is_dead, _PATIENCE_S, what="the process dies at its failpoint")
        assert running.returncode == -signal.SIGKILL

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
