"""Calls that tests make of a running server."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2_grpc

from throughline.collab.v1 import directory_service_pb2 as directory
from throughline.collab.v1 import directory_service_pb2_grpc as directory_grpc
from throughline.lead_router.v1 import lead_service_pb2 as leads
from throughline.lead_router.v1 import lead_service_pb2_grpc as leads_grpc

from .servers import Running


async def get_me(running: Running, **metadata: str) -> directory.GetMeResponse:
    """Who the caller is, as the servicer says."""
    stub = directory_grpc.DirectoryServiceStub(running.channel)
    return await stub.GetMe(directory.GetMeRequest(), metadata=running.metadata(**metadata), timeout=5)


async def submit(running: Running, request: leads.SubmitLeadRequest, **metadata: str) -> leads.SubmitLeadResponse:
    """Sends a lead."""
    stub = leads_grpc.LeadServiceStub(running.channel)
    return await stub.SubmitLead(request, metadata=running.metadata(**metadata), timeout=5)


def a_submission(request_id: str = "", source: str = "website") -> leads.SubmitLeadRequest:
    """A request to send a lead."""
    request = leads.SubmitLeadRequest(request_id=request_id)
    request.submission.origin.source = source
    return request


def health_of(running: Running) -> Any:
    """The health service, which asks for no token."""
    return health_pb2_grpc.HealthStub(running.channel)


async def refusal_of(call: Any) -> grpc.aio.AioRpcError:
    """How a call that must fail has failed."""
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await call
    return refusal.value
