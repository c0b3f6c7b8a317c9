"""A customer master that knows every customer, as one person's: for services that ask whether there is such a one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.health import READINESS, Health
from throughline.collab.v1 import customer_pb2, customer_service_pb2, customer_service_pb2_grpc


@asynccontextmanager
async def a_customer_master(*, owner_id: str, team_id: str) -> AsyncIterator[str]:
    """Serves it until the block ends; gives its address, `host:port`."""
    server, health = grpc.aio.server(), Health()
    customers = _Customers(owner_id, team_id)  # type: ignore[abstract]  # only what is asked
    customer_service_pb2_grpc.add_CustomerServiceServicer_to_server(customers, server)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    await health.set(READINESS, health_pb2.HealthCheckResponse.SERVING)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        health.end_watches()
        await server.stop(0)


class _Customers(customer_service_pb2_grpc.CustomerServiceServicer):
    def __init__(self, owner_id: str, team_id: str) -> None:
        self._owner_id = owner_id
        self._team_id = team_id

    async def GetCustomer(  # noqa: N802
        self, request: customer_service_pb2.GetCustomerRequest, context: Any
    ) -> customer_service_pb2.GetCustomerResponse:
        customer = customer_pb2.Customer(
            customer_id=request.customer_id,
            profile=customer_pb2.CustomerProfile(name="杭州恒昌医院"),
            owner_id=self._owner_id,
            team_id=self._team_id,
        )
        return customer_service_pb2.GetCustomerResponse(customer=customer)
