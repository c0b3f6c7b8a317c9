from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis.errors import Unreachable
from gateway.adapters.webhooks.guarded_network import AddressRefused, GuardedNetwork
from gateway.adapters.webhooks.http_sender import HttpSender, open_pool
from gateway.adapters.webhooks.signatures import headers_of, shown
from gateway.adapters.webhooks.vault import SealingKeyUnusable, Vault
from gateway.domain.delivery import Delivery, Fault
from gateway.domain.ids import DeliveryId, WebhookId
from gateway.domain.webhook import SealedSecrets, Webhook, WebhookSpec, WebhookState
from gateway.domain.webhook_address import AddressRules

from ...receiver import Receiver, a_receiver

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
KEY, OTHER_KEY = "A" * 43 + "=", "B" * 43 + "="
ID = WebhookId("w-1")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    (tmp_path / "keys").write_text(KEY)
    return Vault.read(tmp_path / "keys")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as opened:
        yield opened


def a_webhook(vault: Vault, url: str) -> Webhook:
    spec = WebhookSpec("CRM", url, ("LeadAssigned",))
    secrets = SealedSecrets(vault.seal(b"secret", ID))
    return Webhook(ID, spec, secrets, WebhookState.ACTIVE, "person:p", NOW, NOW)


def a_delivery() -> Delivery:
    return Delivery(DeliveryId("d-1"), ID, "e-1", "LeadAssigned", '{"type":"LeadAssigned"}', NOW)


async def send(vault: Vault, url: str, timeout_s: float = 5.0) -> tuple[int, Fault]:
    async with open_pool(GuardedNetwork(AddressRules(allows_loopback=True))) as pool:
        sender = HttpSender(vault, pool, timeout_s=timeout_s)
        attempt = await sender.send(a_webhook(vault, url), a_delivery())
    return attempt.status, attempt.fault


def test_signatures_are_those_of_the_specification() -> None:
    secret = b"\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4\xb0"
    signed = headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])

    assert shown(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_redirect_is_an_answer_like_any_other_and_not_followed(vault: Vault, receiver: Receiver) -> None:
    receiver.answers = ["302 Found\r\nLocation: http://169.254.169.254/"]

    assert await send(vault, receiver.url) == (302, Fault.STATUS)
    assert len(receiver.received) == 1


async def test_a_receiver_that_does_not_answer_in_time_is_told_apart_from_one_that_is_away(vault: Vault) -> None:
    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    silent = await send(vault, f"http://127.0.0.1:{port}/", timeout_s=0.2)
    server.close()
    away = await send(vault, f"http://127.0.0.1:{port}/")

    assert silent == (0, Fault.TIMEOUT)
    assert away == (0, Fault.CONNECTION)


async def test_an_endless_answer_is_left_unread(vault: Vault) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    assert await send(vault, f"http://127.0.0.1:{port}/") == (200, Fault.NONE)
    server.close()


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.7"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["::1"],
        ["fe80::1%eth0"],
        ["::ffff:10.0.0.7"],
        ["8.8.8.8", "10.0.0.7"],
        [],
    ],
)
async def test_a_name_that_leads_inside_is_not_connected_to(addresses: Sequence[str]) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    with pytest.raises(AddressRefused):
        await GuardedNetwork(AddressRules(), resolve).connect_tcp("crm.example.com", 443, timeout=1)


async def test_the_address_that_was_judged_is_the_one_connected_to(vault: Vault, receiver: Receiver) -> None:
    answers = [["127.0.0.1"], ["10.0.0.7"]]

    async def rebinding(_host: str, _port: int) -> Sequence[str]:
        return answers.pop(0)

    async with open_pool(GuardedNetwork(AddressRules(allows_loopback=True), rebinding)) as pool:
        url = f"http://crm.example.com:{receiver.port}/hook"
        attempt = await HttpSender(vault, pool).send(a_webhook(vault, url), a_delivery())

    assert attempt.was_taken
    assert receiver.received[0].headers["host"] == f"crm.example.com:{receiver.port}"
    assert len(answers) == 1


def test_a_sealed_secret_opens_for_its_owner_alone_and_under_its_own_key(vault: Vault, tmp_path: Path) -> None:
    sealed = vault.seal(b"secret", "w-1")
    (tmp_path / "rotated").write_text(f"{OTHER_KEY}\n{KEY}\n")
    (tmp_path / "foreign").write_text(OTHER_KEY)

    assert b"secret" not in sealed
    assert Vault.read(tmp_path / "rotated").open(sealed, "w-1") == b"secret"
    with pytest.raises(Unreachable):
        vault.open(sealed, "w-2")
    with pytest.raises(Unreachable):
        Vault.read(tmp_path / "foreign").open(sealed, "w-1")
    (tmp_path / "bad").write_text("short")
    with pytest.raises(SealingKeyUnusable):
        Vault.read(tmp_path / "bad")
