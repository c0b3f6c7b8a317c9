"""TLS on both sides, over a real connection."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from chassis import renewed_channel
from chassis.channels import Channels, probe
from chassis.context import Principal, RequestContext, bind
from chassis.errors import Unreachable
from chassis.ids import PersonId, TenantId
from chassis.settings import ServiceSettings
from chassis.transport_security import client_certificates, server_credentials
from support.waiting import eventually_async
from throughline.collab.v1.directory_service_pb2 import GetMeRequest
from throughline.collab.v1.directory_service_pb2_grpc import DirectoryServiceStub

from ..certificates import Authority
from ..servers import Running, a_server
from ..tokens import TENANT


class Settings(ServiceSettings, env_prefix="COLLAB_"):
    pass


def settings_with(**keys: str) -> Settings:
    base = {
        "DATABASE_URL": "postgresql+asyncpg://collab_login@db/collab",
        "KAFKA_BOOTSTRAP": "broker:9092",
        "GRPC_LISTEN": "127.0.0.1:0",
        "ISSUERS": '[{"issuer": "idp", "jwks_url": "https://idp.example/jwks"}]',
        "CLIENT_ID": "collab",
        "CLIENT_SECRET": "secret",
        "TOKEN_URL": "https://idp.example/token",
    }
    return Settings.load({f"COLLAB_{key}": value for key, value in (base | keys).items()})


async def call(running: Running, client: Settings) -> None:
    async with Channels({"collab": running.address}, certificates=client_certificates(client)) as channels:
        await ask(running, DirectoryServiceStub(channels.to("collab")))


async def ask(running: Running, stub: Any) -> None:
    principal = Principal("person", "u-1", TenantId(TENANT), frozenset(), PersonId("p1"))
    with bind(RequestContext(principal, TenantId(TENANT), "m", token=running.issuer.token())):
        await stub.GetMe(GetMeRequest(), timeout=3)


async def test_two_services_with_certificates_of_one_authority_talk(tmp_path: Path) -> None:
    authority = Authority("ours")
    server = settings_with(**authority.issue(tmp_path / "server", "collab"))
    client = settings_with(**authority.issue(tmp_path / "client", "pipeline"))

    async with a_server(credentials=server_credentials(server)) as running:
        await call(running, client)

    assert len(running.behaviour.seen) == 1


async def test_a_caller_without_or_with_a_strangers_certificate_gets_no_connection(tmp_path: Path) -> None:
    ours, strange = Authority("ours"), Authority("strange")
    server = settings_with(**ours.issue(tmp_path / "server", "collab"))
    stranger = settings_with(**strange.issue(tmp_path / "stranger", "pipeline"))
    plaintext = settings_with(ENVIRONMENT="development")

    async with a_server(credentials=server_credentials(server)) as running:
        for client in (stranger, plaintext):
            with pytest.raises(Unreachable):
                await call(running, client)

    assert running.behaviour.seen == []


async def test_a_server_shows_its_renewed_certificate_without_a_restart(tmp_path: Path) -> None:
    old, new = Authority("old"), Authority("new")
    server = settings_with(**old.issue(tmp_path / "server", "collab"))
    client = settings_with(**new.issue(tmp_path / "client", "pipeline"))

    async with a_server(credentials=server_credentials(server)) as running:
        with pytest.raises(Unreachable):
            await call(running, client)
        new.issue(tmp_path / "server", "collab")
        for file in (tmp_path / "server").iterdir():
            os.utime(file, ns=(1, 1))
        await call(running, client)

    assert len(running.behaviour.seen) == 1


async def test_a_client_shows_its_renewed_certificate_on_a_stub_it_had_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewed_channel, "_LOOK_EVERY_S", 0.0)
    old, new = Authority("old"), Authority("new")
    server = settings_with(**old.issue(tmp_path / "server", "collab"))
    client = settings_with(**old.issue(tmp_path / "client", "pipeline"))
    let_go = asyncio.Event()

    async def held() -> None:
        await let_go.wait()

    async with (
        a_server(credentials=server_credentials(server)) as running,
        Channels({"collab": running.address}, certificates=client_certificates(client)) as channels,
    ):
        stub = DirectoryServiceStub(channels.to("collab"))
        running.behaviour.act = held
        going_on = asyncio.create_task(ask(running, stub))
        await eventually_async(running.behaviour.has_seen_one, what="a call goes on")
        running.behaviour.act = None
        (tmp_path / "client" / "key.pem").write_bytes((tmp_path / "server" / "key.pem").read_bytes())
        await ask(running, stub)
        new.issue(tmp_path / "server", "collab")
        new.issue(tmp_path / "client", "renewed")
        await ask(running, stub)
        let_go.set()
        await going_on

    assert running.behaviour.shown == ["pipeline", "pipeline", "renewed"]


async def test_probes_are_answered_in_plaintext_beside_a_server_with_certificates(tmp_path: Path) -> None:
    server = settings_with(**Authority("ours").issue(tmp_path / "server", "collab"))

    async with a_server(credentials=server_credentials(server), probe_listen="127.0.0.1:0") as running:
        probes = f"127.0.0.1:{running.server.probe_port}"
        assert await probe(probes, "readiness")
        assert not await probe(probes, "unheard-of")
        assert not await probe(running.address, "readiness", timeout_s=1)
        await running.server.set_ready(False)
        assert not await probe(probes, "readiness")
        assert await probe(probes, "liveness")


def test_within_a_mesh_or_in_development_there_are_no_certificates_of_our_own() -> None:
    for settings in (settings_with(TRANSPORT="mesh"), settings_with(ENVIRONMENT="development")):
        assert server_credentials(settings) is None
        assert client_certificates(settings) is None
