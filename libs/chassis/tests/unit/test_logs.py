from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from chassis import logs, telemetry
from chassis.context import Principal, RequestContext, bind
from chassis.ids import TenantId
from support.canaries import CANARIES


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("lead-router", "info", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_service_tenant_and_trace(written: io.StringIO) -> None:
    telemetry.record_for_tests()
    principal = Principal("service", "service:relay", TenantId("t1"), frozenset({"service"}))

    with telemetry.tracer.start_as_current_span("work"), bind(RequestContext(principal, TenantId("t1"), "relay")):
        logs.logger("x").info("lead_assigned", lead="l1", rank=2)

    (line,) = lines(written)
    assert line["event"] == "lead_assigned"
    assert (line["service"], line["tenant"], line["lead"], line["rank"]) == ("lead-router", "t1", "l1", 2)
    assert len(line["trace_id"]) == 32
    assert len(line["span_id"]) == 16


def test_logs_of_libraries_have_the_same_form(written: io.StringIO) -> None:
    logging.getLogger("some.library").warning("pool is at %d", 7)

    (line,) = lines(written)
    assert (line["event"], line["level"], line["service"]) == ("pool is at 7", "warning", "lead-router")


@pytest.mark.parametrize(
    "key", ["email", "phone", "contact_phone", "access_token", "body", "client_secret", "Password"]
)
def test_a_key_that_names_personal_data_or_a_secret_loses_its_value(written: io.StringIO, key: str) -> None:
    logs.logger("x").info("event", **{key: "canary"}, nested={key: ["canary"]})

    assert "canary" not in written.getvalue()
    assert lines(written)[0][key] == logs.BLOT


@pytest.mark.parametrize("canary", CANARIES)
def test_text_that_looks_personal_is_blotted_out_wherever_it_stands(written: io.StringIO, canary: str) -> None:
    logs.logger("x").warning(f"bad value {canary}!", detail=["seen", {"at": f"<{canary}>"}])
    logging.getLogger("library").error("cannot parse %s", canary)
    try:
        raise ValueError(canary)
    except ValueError:
        logs.logger("x").exception("failed")

    assert canary not in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert len(lines(written)) == 3


def test_passwords_in_urls_are_blotted_out(written: io.StringIO) -> None:
    logs.logger("x").info("connecting", url="postgresql+asyncpg://login:s3cret@db:5432/collab")

    assert "s3cret" not in written.getvalue()
    assert "db:5432/collab" in written.getvalue()


def test_ids_and_times_stay_readable(written: io.StringIO) -> None:
    facts = {"lead": "01939a3e-1381-7345-8678-138123456789", "at": "2026-03-02T13:00:00Z", "micros": 1772456400000000}

    logs.logger("x").info("event", **facts)

    assert {key: lines(written)[0][key] for key in facts} == facts


def test_a_read_from_a_connection_that_the_kafka_client_closed_itself_is_no_news(written: io.StringIO) -> None:
    library = logging.getLogger("kafka.net.transport")
    closed: socket.socket | None = None
    for read in (lambda: closed.recv(1), lambda: int("x")):  # type: ignore[union-attr]  # None is what a closed one has
        try:
            read()
        except (AttributeError, ValueError):
            library.exception("cannot read")

    assert [line["event"] for line in lines(written)] == ["cannot read"]
    assert "ValueError" in written.getvalue()
