"""How the server lives: deadlines, load, health, and an end that loses no call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from chassis import deadlines, errors
from chassis.error_mapping import from_rpc_error
from throughline.collab.v1 import directory_service_pb2 as directory
from throughline.collab.v1 import directory_service_pb2_grpc as directory_grpc
from throughline.lead_router.v1 import lead_service_pb2 as leads
from throughline.lead_router.v1 import lead_service_pb2_grpc as leads_grpc
from throughline.operations.v1 import operations_pb2 as operations
from throughline.operations.v1 import operations_pb2_grpc as operations_grpc

from ..calls import get_me, health_of, refusal_of
from ..servers import Running, a_server, until


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with a_server() as server:
        yield server


async def test_a_call_without_deadline_gets_one() -> None:
    left: list[float | None] = []
    async with a_server(default_deadline_s=0.15) as running:

        async def dawdle() -> None:
            left.append(deadlines.remaining_s())
            await asyncio.Event().wait()

        running.behaviour.act = dawdle
        stub = directory_grpc.DirectoryServiceStub(running.channel)

        refusal = await refusal_of(stub.GetMe(directory.GetMeRequest(), metadata=running.metadata()))

    assert refusal.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert from_rpc_error(refusal).reason == "DEADLINE_EXCEEDED"
    assert left[0] is not None
    assert 0 < left[0] <= 0.15


async def test_work_ends_when_the_caller_hangs_up(running: Running) -> None:
    ended = asyncio.Event()

    async def dawdle() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    running.behaviour.act = dawdle
    stub = directory_grpc.DirectoryServiceStub(running.channel)
    call = stub.GetMe(directory.GetMeRequest(), metadata=running.metadata(), timeout=30)
    await until(lambda: bool(running.behaviour.seen))

    call.cancel()

    await asyncio.wait_for(ended.wait(), 5)


async def test_beyond_the_limit_calls_are_shed_with_a_hint_but_health_and_operations_never() -> None:
    async with a_server(max_concurrent_calls=2) as running:
        go_on = asyncio.Event()

        async def hold() -> None:
            await go_on.wait()

        running.behaviour.act = hold
        held = [asyncio.create_task(get_me(running)) for _ in range(2)]
        await until(lambda: len(running.behaviour.seen) == 2)

        shed = await refusal_of(get_me(running))
        running.behaviour.act = None
        health = await health_of(running).Check(health_pb2.HealthCheckRequest(service="readiness"), timeout=5)
        operation = operations_grpc.OperationsServiceStub(running.channel).GetQuiescence(
            operations.GetQuiescenceRequest(service="x"), metadata=running.metadata(), timeout=5
        )

        refused = await refusal_of(operation)
        go_on.set()
        await asyncio.gather(*held)
        assert (await get_me(running)).permissions == ["seen"]

    error = from_rpc_error(shed)
    assert shed.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert isinstance(error, errors.Exhausted)
    assert 0.1 <= error.retry_after_s <= 1.0
    assert health.status == health_pb2.HealthCheckResponse.SERVING
    assert refused.code() is grpc.StatusCode.PERMISSION_DENIED  # a director is no operator, but was heard


async def test_health_tells_alive_from_ready_without_a_token() -> None:
    async with a_server() as running:
        stub = health_of(running)

        async def status(service: str) -> int:
            answer: health_pb2.HealthCheckResponse = await stub.Check(
                health_pb2.HealthCheckRequest(service=service), timeout=5
            )
            return answer.status

        serving, not_serving = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
        assert [await status(name) for name in ("liveness", "readiness", "")] == [serving] * 3
        await running.server.set_ready(False)
        assert [await status(name) for name in ("liveness", "readiness")] == [serving, not_serving]
        await running.server.announce_stop()
        await running.server.set_ready(True)
        assert [await status(name) for name in ("liveness", "readiness", "")] == [not_serving] * 3


async def test_reflection_lists_the_services_without_a_token(running: Running) -> None:
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(running.channel)  # type: ignore[arg-type]  # it takes both kinds
    request = reflection_pb2.ServerReflectionRequest(list_services="")

    answers = [answer async for answer in stub.ServerReflectionInfo(iter([request]), timeout=5)]

    names = {service.name for service in answers[0].list_services_response.service}
    assert {"throughline.collab.v1.DirectoryService", "grpc.health.v1.Health"} <= names


async def test_stopping_waits_for_running_calls_but_not_for_watchers_of_health() -> None:
    async with a_server() as running:
        go_on = asyncio.Event()

        async def hold() -> None:
            await go_on.wait()

        running.behaviour.act = hold
        watch = health_of(running).Watch(health_pb2.HealthCheckRequest(service="readiness"))
        await watch.read()
        held = asyncio.create_task(get_me(running))
        await until(lambda: bool(running.behaviour.seen))

        stopping = asyncio.create_task(running.server.stop(30))
        await asyncio.sleep(0)
        assert not stopping.done()
        go_on.set()

        assert (await held).permissions == ["seen"]
        await asyncio.wait_for(stopping, 5)


async def test_stopping_ends_open_streams_so_that_clients_open_them_elsewhere() -> None:
    async with a_server() as running:
        running.behaviour.act = asyncio.Event().wait  # type: ignore[assignment]  # what it returns does not matter
        stub = leads_grpc.LeadServiceStub(running.channel)
        call = stub.WatchLeadHeat(leads.WatchLeadHeatRequest(), metadata=running.metadata())
        await call.read()
        await until(lambda: bool(running.behaviour.seen))

        await asyncio.wait_for(running.server.stop(30), 5)

        refusal = await refusal_of(call.read())
    assert refusal.code() is grpc.StatusCode.UNAVAILABLE


async def test_what_is_not_done_within_the_grace_is_cancelled() -> None:
    async with a_server() as running:

        async def hold() -> None:
            await asyncio.Event().wait()

        running.behaviour.act = hold
        held = asyncio.create_task(get_me(running))
        await until(lambda: bool(running.behaviour.seen))

        await asyncio.wait_for(running.server.stop(0.1), 5)

        refusal = await refusal_of(held)
    assert refusal.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)


async def test_an_object_that_is_no_servicer_is_refused() -> None:
    with pytest.raises(TypeError, match="int derives from no generated servicer"):
        async with a_server(instead=7):
            pass
