"""The service is killed just before and just after a merge is kept: it has happened whole or not at all, and once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio

from chassis.error_mapping import from_rpc_error
from support.killed import service_process, settings_of, until_killed
from support.waiting import eventually_async
from throughline.collab.v1 import customer_merge_service_pb2 as pb
from throughline.collab.v1 import customer_merge_service_pb2_grpc as merge_grpc

from ..merging import GOES, STAYS, contacts, merge
from ..sales import REP, SalesSite, open_sales

if TYPE_CHECKING:
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer

pytestmark = pytest.mark.timeout(180)

PLACES = {"command.before_commit": False, "command.committed": True}
"""Where the process dies, and whether the command has happened then."""
ONE_ALWAYS = ["command.committed", pytest.param("command.before_commit", marks=pytest.mark.faults)]
"""The first is part of every test run."""


@dataclass(frozen=True)
class Site:
    """The sales site, which looks, and the settings of a process on the same database, which is killed."""

    sales: SalesSite
    settings: dict[str, str]
    port: int

    async def dies(self, place: str, ask: Callable[[Any], Any]) -> None:
        """Has a process of the service killed at the place while it carries a command out."""
        with service_process("collab", self.settings | {"FAILPOINTS": f"{place}:1"}, role="serve") as running:
            await until_killed(running, self.port, lambda channel: ask(_stub(channel)))


def _stub(channel: grpc.aio.Channel) -> Any:
    return merge_grpc.CustomerMergeServiceStub(channel)


@pytest_asyncio.fixture
async def site(
    durable_database_factory: DatabaseFactory, token_issuer: TokenIssuer, free_port: Callable[[], int]
) -> AsyncIterator[Site]:
    from ..running import run_service  # noqa: PLC0415 (imports the Kafka client, which needs the filters of a running session)

    database, port = durable_database_factory("collab"), free_port()
    async with run_service(database, token_issuer) as running:
        yield Site(await open_sales(running), settings_of("collab", database, token_issuer, port), port)


async def repeated(ask: Callable[[], Any]) -> Any:
    """The answer to the same request, once the database has noticed that the process which held its key is dead."""

    async def answer() -> Any:
        try:
            return await ask()
        except grpc.aio.AioRpcError as refused:
            if from_rpc_error(refused).reason != "IN_FLIGHT":
                raise
            return None

    return await eventually_async(answer)


async def merged_into(sales: SalesSite, customer_id: str) -> str:
    return (await sales.get(customer_id)).merged_into


async def listed(sales: SalesSite, customer_id: str) -> list[tuple[str, bool]]:
    request = pb.ListMergesRequest(customer_id=customer_id)
    answer = await sales.running.merges.ListMerges(request, metadata=sales.by(REP))
    return [(each.merge_id, each.HasField("undone_at")) for each in answer.merges]


@pytest.mark.parametrize("place", ONE_ALWAYS)
async def test_a_merge_that_is_killed_has_happened_whole_or_not_at_all_and_its_repeat_is_no_second(
    site: Site, place: str
) -> None:
    sales = site.sales
    stays, goes = await sales.customer(STAYS, city="杭州"), await sales.customer(GOES)
    person = await sales.contact(goes.customer_id)
    goes = await sales.get(goes.customer_id)
    await sales.told()
    request = pb.MergeCustomersRequest(
        survivor_id=stays.customer_id,
        version=stays.version,
        merged_id=goes.customer_id,
        merged_version=goes.version,
        reason="同一家公司",
        request_id="one click",
    )

    await site.dies(place, lambda stub: stub.MergeCustomers(request, metadata=sales.by(REP), timeout=10))

    happened = PLACES[place]
    assert await merged_into(sales, goes.customer_id) == (stays.customer_id if happened else "")
    assert sorted(kind for kind, _ in await sales.told()) == (["CustomerChanged", "CustomerMerged"] if happened else [])
    again = await repeated(lambda: sales.running.merges.MergeCustomers(request, metadata=sales.by(REP)))
    assert await listed(sales, stays.customer_id) == [(again.merge.merge_id, False)]
    assert await contacts(sales, stays.customer_id) == [(person.contact_id, stays.customer_id, goes.customer_id)]
    assert sorted(kind for kind, _ in await sales.told()) == ([] if happened else ["CustomerChanged", "CustomerMerged"])


@pytest.mark.faults
@pytest.mark.parametrize("place", PLACES)
async def test_an_un_merge_that_is_killed_leaves_one_customer_or_two_and_its_repeat_ends_it(
    site: Site, place: str
) -> None:
    sales = site.sales
    stays, goes = await sales.customer(STAYS), await sales.customer(GOES)
    person = await sales.contact(goes.customer_id)
    merged = await merge(sales, stays, await sales.get(goes.customer_id))
    await sales.told()
    request = pb.UnmergeCustomersRequest(merge_id=merged.merge.merge_id, reason="并非同一家", request_id="one click")

    await site.dies(place, lambda stub: stub.UnmergeCustomers(request, metadata=sales.by(REP), timeout=10))

    happened = PLACES[place]
    assert await merged_into(sales, goes.customer_id) == ("" if happened else stays.customer_id)
    assert ("CustomerUnmerged" in dict(await sales.told())) is happened
    await repeated(lambda: sales.running.merges.UnmergeCustomers(request, metadata=sales.by(REP)))
    assert await listed(sales, stays.customer_id) == [(merged.merge.merge_id, True)]
    assert await contacts(sales, goes.customer_id) == [(person.contact_id, goes.customer_id, goes.customer_id)]
    assert ("CustomerUnmerged" in dict(await sales.told())) is not happened
