"""Three replicas restart one after the other under load, and no caller notices."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from chassis.channels import Channels
from chassis.context import Principal, RequestContext, bind
from chassis.ids import PersonId, TenantId
from throughline.collab.v1.directory_service_pb2 import GetMeRequest
from throughline.collab.v1.directory_service_pb2_grpc import DirectoryServiceStub

from ..servers import Running, a_server
from ..tokens import TENANT, TestIssuer

ISSUER = TestIssuer("gateway", services=True)
CALLERS = 8


class Load:
    """Callers that call as fast as they are answered."""

    def __init__(self, channels: Channels) -> None:
        self.stub = DirectoryServiceStub(channels.to("collab"))
        self.answered = 0
        self.failures: list[Exception] = []
        self.is_over = False

    async def call(self) -> None:
        principal = Principal("person", "u-1", TenantId(TENANT), frozenset({"rep"}), PersonId("p1"))
        with bind(RequestContext(principal, TenantId(TENANT), "m", token=ISSUER.token())):
            while not self.is_over:
                try:
                    await self.stub.GetMe(GetMeRequest())
                    self.answered += 1
                except Exception as error:  # noqa: BLE001  # whatever it is, it is what the test counts
                    self.failures.append(error)

    async def answer_more(self, count: int) -> None:
        """Waits until so many more calls have been answered."""
        goal = self.answered + count
        while self.answered < goal and not self.failures:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_rolling_restart_of_three_replicas_under_load_fails_no_call(free_port: Any) -> None:
    ports = [free_port() for _ in range(3)]
    async with AsyncExitStack() as stack:
        stacks = [await stack.enter_async_context(AsyncExitStack()) for _ in ports]
        replicas = [await start(own, port) for own, port in zip(stacks, ports, strict=True)]
        address = "ipv4:" + ",".join(f"127.0.0.1:{port}" for port in ports)
        channels = await stack.enter_async_context(Channels({"collab": address}))
        load = Load(channels)
        callers = [asyncio.create_task(load.call()) for _ in range(CALLERS)]
        await load.answer_more(200)

        for number, port in enumerate(ports):
            await replicas[number].server.drain(drain_s=0.5, grace_s=5)
            await stacks[number].aclose()
            await load.answer_more(100)
            replicas[number] = await start(stacks[number], port)
            await serves_again(replicas[number])

        load.is_over = True
        await asyncio.gather(*callers)

    assert load.failures == []


async def start(stack: AsyncExitStack, port: int) -> Running:
    return await stack.enter_async_context(a_server(port=port, issuer=ISSUER))


async def serves_again(replica: Running) -> None:
    """Waits until the callers have found the new replica."""
    while not replica.behaviour.seen:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
