from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import text

from chassis.ids import TenantId, new_id
from chassis.unit_of_work import UnitOfWork
from gateway.adapters.postgres.unit_of_work import PostgresWork
from gateway.application.exchange_api_keys import ApiKeyExchange
from gateway.issuer.api_key_issuer import ApiKeyIssuer
from gateway.issuer.signing_key import SigningKey
from gateway.settings import Settings
from gateway.wiring import build
from support.databases import DatabaseFactory
from support.events import an_event, deliver, directory_subscription
from support.served import Person, Served, served
from support.tokens import TokenIssuer
from support.waiting import eventually_async
from throughline.collab.v1.events_pb2 import PersonChanged

TENANT = TenantId(new_id())
ADMIN, DIRECTOR, PARTNER = "chen.jing", "he.jing", "partner"
PEOPLE = {
    ADMIN: Person(new_id(), ("admin",)),
    DIRECTOR: Person(new_id(), ("director",)),
    PARTNER: Person(new_id(), ("integration",)),
}


@dataclass
class Door:
    """The gateway's front door over HTTP."""

    service: Served[Settings]
    http: httpx.AsyncClient

    async def ask(self, method: str, path: str, by: str, body: Any = None) -> httpx.Response:
        """A request by a person's subject, or by a key."""
        token = by if by.startswith("tlk_") else self.service.issuer.person(by, TENANT)
        return await self.http.request(method, path, json=body, headers={"authorization": f"Bearer {token}"})

    async def key(self, *permissions: str, **more: Any) -> tuple[str, str]:
        """A new key of the administrator: its id, and itself."""
        body = {"name": "CRM", "permissions": list(permissions), **more}
        made = (await self.ask("POST", "/v1/api-keys", ADMIN, body)).raise_for_status().json()
        return made["api_key"]["api_key_id"], made["key"]


@pytest.fixture
async def door(
    database_factory: DatabaseFactory, token_issuer: TokenIssuer, free_port: Callable[[], int], tmp_path: Path
) -> AsyncIterator[Door]:
    url = f"http://127.0.0.1:{free_port()}"
    signing_key, sealing_key = tmp_path / "key.pem", tmp_path / "sealing"
    signing_key.write_bytes(ECKey.generate_key("P-256", private=True).as_pem(private=True))
    sealing_key.write_text("A" * 43 + "=")
    keys_issuer = {"issuer": f"{url}/api-keys", "jwks_url": f"{url}/api-keys/.well-known/jwks.json"}
    settings = {
        "HTTP_LISTEN": url.removeprefix("http://"),
        "PUBLIC_URL": url,
        "GRPC_LISTEN": f"127.0.0.1:{free_port()}",
        "ISSUERS": json.dumps([*json.loads(token_issuer.setting), keys_issuer]),
        "API_KEY_SIGNING_KEY_FILE": str(signing_key),
        "SEALING_KEY_FILE": str(sealing_key),
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    }
    database = database_factory("gateway")
    async with (
        served(Settings, build, database, token_issuer, tenant=TENANT, people=PEOPLE, settings=settings) as service,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        serving = asyncio.ensure_future(service.service.serving[0]())
        opened = Door(service, http)

        async def is_up() -> bool:
            try:
                return (await http.get("/livez")).is_success
            except httpx.TransportError:
                return False

        await eventually_async(is_up, what="the front door is open")
        try:
            yield opened
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def test_a_key_acts_as_its_person_within_its_permissions_and_the_audit_names_it(door: Door) -> None:
    reading_id, reading = await door.key("webhook.read")
    writing_id, writing = await door.key("webhook.read", "webhook.write")
    spec = {"name": "CRM", "url": "https://crm.example.com/", "event_types": ["LeadAssigned"]}

    seen = await door.ask("GET", "/v1/webhooks", reading)
    refused = await door.ask("POST", "/v1/webhooks", reading, {"spec": spec})
    made = await door.ask("POST", "/v1/webhooks", writing, {"spec": spec})
    keys = await door.ask("GET", "/v1/api-keys", writing)

    assert (seen.status_code, refused.status_code, made.status_code, keys.status_code) == (200, 403, 200, 403)
    assert seen.headers["ratelimit-limit"] == "250"
    async with door.service.runtime.database.transaction(TENANT) as transaction:
        rows = await transaction.connection.execute(text("SELECT action, actor, origin, after FROM audit ORDER BY id"))
        audited = {row.action: row for row in rows}
        stored = await transaction.connection.execute(text("SELECT row_to_json(k)::text AS row FROM api_key k"))
    assert f"by api-keys/{writing_id}" in audited["webhook.create"].origin
    assert audited["webhook.create"].actor == f"person:{PEOPLE[ADMIN].person_id}"
    assert "by api-keys" not in audited["api_key.create"].origin
    assert reading.rpartition(".")[2] not in "".join(row.row for row in stored)
    assert reading_id != writing_id


async def test_a_revoked_key_is_refused_within_seconds_as_an_unknown_one_is(door: Door) -> None:
    key_id, key = await door.key("webhook.read")
    assert (await door.ask("GET", "/v1/webhooks", key)).status_code == 200

    revoked = await door.ask("POST", f"/v1/api-keys/{key_id}:revoke", ADMIN, {})

    async def is_refused() -> bool:
        return (await door.ask("GET", "/v1/webhooks", key)).status_code == 401

    await eventually_async(is_refused, 5.0, what="the key is refused")
    details = {
        (await door.ask("GET", "/v1/webhooks", sent)).json()["detail"] for sent in (key, key[:-4] + "AAAA", "tlk_x")
    }
    assert revoked.json()["api_key"]["state"] == "REVOKED"
    assert len(details) == 1
    assert (await door.ask("GET", "/v1/api-keys", ADMIN)).json()["api_keys"] == []
    assert len((await door.ask("GET", "/v1/api-keys?with_ended=true", ADMIN)).json()["api_keys"]) == 1


async def test_a_key_ends_with_its_person_and_tells_when_it_was_used(door: Door) -> None:
    _, key = await door.key("lead.submit", person_id=PEOPLE[PARTNER].person_id)
    _, own = await door.key("webhook.read")
    runtime = door.service.runtime
    issuer = ApiKeyIssuer(str(door.http.base_url), SigningKey.of(ECKey.generate_key("P-256", private=True)))
    exchange = ApiKeyExchange(UnitOfWork(runtime.database, PostgresWork), runtime.directory, issuer)

    await exchange(own)
    await exchange.note_used()
    left = PersonChanged(person_id=PEOPLE[PARTNER].person_id, subject=PARTNER, roles=["integration"])
    record = an_event(left, TENANT, aggregate_id=left.person_id, aggregate="person", version=2)
    await deliver(door.service.runtime.database, directory_subscription("gateway"), record)

    async def is_refused() -> bool:
        return (await door.ask("GET", "/v1/tenant", key)).status_code == 401

    await eventually_async(is_refused, 5.0, what="the key is refused")
    listed = (await door.ask("GET", "/v1/api-keys", ADMIN)).json()["api_keys"]
    assert [each["last_used_at"] is not None for each in listed] == [True, False]


async def test_nobody_gets_more_by_a_key_than_the_maker_and_the_person_hold(door: Door) -> None:
    async def faults(by: str, permissions: list[str], **more: Any) -> list[str]:
        body = {"name": "CRM", "permissions": permissions, **more}
        answer = await door.ask("POST", "/v1/api-keys", by, body)
        return [each["field"] for each in answer.json().get("violations", [answer.status_code])]

    director = {"person_id": PEOPLE[DIRECTOR].person_id}

    assert await faults(ADMIN, ["lead.read", "lead.contact"], **director) == ["permissions[1]"]
    assert await faults(ADMIN, ["webhook.read"], **director) == ["permissions[0]"]
    assert await faults(ADMIN, ["api_key.write", "no.such"]) == ["permissions[0]", "permissions[1]"]
    assert await faults(ADMIN, ["lead.read"], person_id=new_id(), expires_at="2001-01-01T00:00:00Z") == [
        "person_id",
        "expires_at",
    ]
    assert (
        await door.ask("POST", "/v1/api-keys", DIRECTOR, {"name": "x", "permissions": ["lead.read"]})
    ).status_code == 403


async def test_a_key_has_a_rate_of_its_own(door: Door) -> None:
    _, key = await door.key("webhook.read", rate_per_s=1)

    statuses = [(await door.ask("GET", "/v1/webhooks", key)).status_code for _ in range(7)]

    assert statuses[:5] == [200] * 5
    assert 429 in statuses[5:]
    assert (await door.ask("GET", "/v1/webhooks", ADMIN)).status_code == 200
