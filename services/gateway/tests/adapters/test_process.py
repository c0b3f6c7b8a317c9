"""The gateway as it is deployed: one process, its own schema, its own issuer, a real broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc.jwk import ECKey

from chassis.ids import new_id
from support.databases import DatabaseFactory
from support.events import an_event
from support.waiting import eventually
from throughline.collab.v1.events_pb2 import PersonChanged, TenantChanged
from throughline.common.v1.notice_pb2 import Notice

if TYPE_CHECKING:
    from chassis.inbox import Record
    from support.kafka import KafkaServer

TENANT, PERSON = new_id(), new_id()
CLIENTS = {"gateway": "g-secret", "operator": "o-secret"}
PATIENCE_S = 120


@dataclass(frozen=True)
class Running:
    """The process, and the way to it."""

    http: httpx.Client
    process: subprocess.Popen[bytes]
    kafka: KafkaServer

    def token(self, **form: str) -> dict[str, str]:
        """The header of a person, or of the operator where no person is named."""
        path = "/oauth/token:person" if form else "/oauth/token"
        data = form or {"grant_type": "client_credentials"}
        answer = self.http.post(path, data=data, auth=("operator", CLIENTS["operator"]))
        return {"authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}

    def send(self, *records: Record) -> None:
        from chassis.kafka_clients import KafkaSettings  # noqa: PLC0415 (the Kafka client needs a session's filters)

        producer = KafkaSettings(self.kafka.bootstrap, is_embedded=self.kafka.profile == "embedded").producer("test")
        for record in records:
            headers = [(name, value.encode()) for name, value in record.headers.items()]
            producer.send(record.topic, key=record.key.encode(), value=record.payload, headers=headers)
        producer.flush(timeout=30)
        producer.close()


@pytest.fixture
def running(
    database_factory: DatabaseFactory, breakable_kafka: KafkaServer, free_port: Callable[[], int], tmp_path: Path
) -> Iterator[Running]:
    """A ready gateway without any other service."""
    url = f"http://127.0.0.1:{free_port()}"
    key_file = tmp_path / "key.pem"
    key_file.write_bytes(ECKey.generate_key("P-256", private=True).as_pem(private=True))
    settings = {
        "ENVIRONMENT": "development",
        "CLOCK_MOVABLE": "true",
        "DATABASE_URL": database_factory("gateway").login_url,
        "KAFKA_BOOTSTRAP": breakable_kafka.bootstrap,
        "KAFKA_PROFILE": breakable_kafka.profile,
        "GRPC_LISTEN": f"127.0.0.1:{free_port()}",
        "OBJECTS_URL": (tmp_path / "objects").as_uri(),
        "HTTP_LISTEN": url.removeprefix("http://"),
        "PUBLIC_URL": url,
        "ISSUER_KEY_FILE": str(key_file),
        "SERVICE_CLIENTS": json.dumps(CLIENTS),
        "ISSUERS": json.dumps([{"issuer": url, "jwks_url": f"{url}/.well-known/jwks.json", "services": True}]),
        "CLIENT_ID": "gateway",
        "CLIENT_SECRET": CLIENTS["gateway"],
        "TOKEN_URL": f"{url}/oauth/token",
        "DRAIN_S": "0",
    }
    environ = os.environ | {f"GATEWAY_{name}": value for name, value in settings.items()}
    log_file = tmp_path / "gateway.log"
    with log_file.open("wb") as log, httpx.Client(base_url=url, timeout=PATIENCE_S, trust_env=False) as http:
        process = subprocess.Popen([sys.executable, "-m", "gateway", "all"], env=environ, stdout=log, stderr=log)
        try:
            eventually(lambda: _is_ready(http, process), PATIENCE_S, what="the gateway is ready")
            yield Running(http, process, breakable_kafka)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=PATIENCE_S) == 0, log_file.read_text()
        finally:
            process.kill()
            process.wait()
        assert "Traceback" not in log_file.read_text()


def _is_ready(http: httpx.Client, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the process has ended"
    try:
        return http.get("/readyz").is_success
    except httpx.TransportError:
        return False


def a_person() -> list[Record]:
    tenant = TenantChanged(tenant_id=TENANT, zone="Asia/Shanghai", currency="CNY", locale="zh-CN", is_active=True)
    person = PersonChanged(person_id=PERSON, subject="zhang.wei", roles=["rep"], is_active=True)
    return [
        an_event(tenant, TENANT, aggregate_id=TENANT, aggregate="tenant"),
        an_event(person, TENANT, aggregate_id=PERSON, aggregate="person"),
    ]


def a_notice(kind: str, person_id: str = PERSON) -> Record:
    notice = Notice(kind=kind, resource="leads/l1", person_ids=[person_id])
    return an_event(notice, TENANT, aggregate_id="leads/l1", aggregate="notice")


@contextmanager
def a_stream(running: Running, headers: dict[str, str]) -> Iterator[Iterator[dict[str, str]]]:
    """The events of an open stream, comments passed over."""
    with running.http.stream("GET", "/v1/stream", headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        yield _events(lines)


def _events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    for line in lines:
        if not line and fields:
            yield fields
            fields = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


@pytest.mark.timeout(600)  # a broker of its own has to start first
def test_a_person_signs_in_hears_what_happens_and_what_was_missed(running: Running) -> None:
    running.send(*a_person())
    person = running.token(tenant_id=TENANT, subject="zhang.wei")
    eventually(lambda: _may_listen(running, person), PATIENCE_S, what="the directory knows the person")

    with a_stream(running, person) as events:
        first, foreign = a_notice("lead.assigned"), a_notice("lead.assigned", person_id=new_id())
        running.send(foreign, first)
        heard = next(events)
    missed = a_notice("lead.fell_silent")
    running.send(missed)
    with a_stream(running, {**person, "last-event-id": heard["id"]}) as events:
        resumed = next(event for event in events if event["id"] == missed.event_id)

    assert (heard["id"], heard["event"]) == (first.event_id, "lead.assigned")
    assert json.loads(heard["data"])["resource"] == "leads/l1"
    assert resumed["event"] == "lead.fell_silent"


def _may_listen(running: Running, headers: dict[str, str]) -> bool:
    with running.http.stream("GET", "/v1/stream", headers=headers) as answer:
        return answer.status_code == 200


@pytest.mark.timeout(600)
def test_the_operator_moves_the_clock_and_nobody_else_does(running: Running) -> None:
    operator, person = running.token(), running.token(tenant_id=TENANT, subject="zhang.wei")
    before = _business_now(running, operator)

    moved = running.http.post("/v1/clock:forward", json={"by": "36h"}, headers=operator)
    refused = running.http.post("/v1/clock:forward", json={"by": "1h"}, headers=person)
    settled = running.http.post("/v1/clock:settle", headers=operator)

    told = {**operator, "accept": "text/event-stream"}
    with running.http.stream("POST", "/v1/clock:forward", json={"by": "36h"}, headers=told) as answer:
        steps = [event["event"] for event in _events(answer.iter_lines())]

    assert steps == ["step", "step", "done"]
    assert moved.status_code == 200, moved.text
    assert (moved.json()["moved"], moved.json()["steps"]) == ("129600s", 2)
    assert timedelta(hours=72) <= _business_now(running, operator) - before < timedelta(hours=72, minutes=5)
    assert refused.status_code in {401, 403}
    assert settled.status_code == 200, settled.text


def _business_now(running: Running, headers: dict[str, str]) -> datetime:
    answer = running.http.get("/v1/operations/gateway/quiescence", headers=headers)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return datetime.fromisoformat(document["business_now"])


@pytest.mark.timeout(600)
def test_open_streams_do_not_hold_up_the_end(running: Running) -> None:
    running.send(*a_person())
    person = running.token(tenant_id=TENANT, subject="zhang.wei")
    eventually(lambda: _may_listen(running, person), PATIENCE_S, what="the directory knows the person")

    with a_stream(running, person) as events:
        running.process.send_signal(signal.SIGTERM)
        left = [event["event"] for event in events]

    assert left == ["reset"]
