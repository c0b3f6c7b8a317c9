"""Whom the gateway asks for what is left to do."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.adapters.grpc.operations import GrpcSuite
from gateway.wiring import _channels_to, _worker_channels

PEERS = {"collab": "collab:50051", "gateway": "127.0.0.1:50051"}


@pytest.mark.parametrize(
    ("workers", "address"),
    [({}, "collab:50051"), ({"collab": "collab-worker:50051"}, "collab-worker:50051")],
    ids=["one process for both", "a worker apart"],
)
async def test_workers_that_are_apart_are_asked_in_place_of_their_services(
    workers: dict[str, str], address: str
) -> None:
    async with AsyncExitStack() as stack:
        certificates = {"tls_certificate_file": None, "tls_key_file": None, "tls_authority_file": None}
        settings = SimpleNamespace(peers=PEERS, workers=workers, transport="plaintext", **certificates)
        runtime: Any = SimpleNamespace(settings=settings, tokens=None, stack=stack)

        channels = await _worker_channels(runtime, _channels_to(runtime, PEERS))

        assert channels._peers["collab"] == address
        assert GrpcSuite(channels).services == ["collab", "gateway"]
