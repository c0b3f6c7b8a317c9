"""What the gateway says about itself."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest

from chassis.errors import Invalid
from gateway.adapters.http.app import application
from gateway.adapters.http.front import Front
from gateway.adapters.http.rate_limits import RateLimits, Rates, network_of
from gateway.adapters.http.routes import clock, files, health, notices, workbench
from gateway.adapters.http.routes.clock import shortest_step_of, span_of
from gateway.adapters.http.routes.documentation import documentation_routes
from gateway.adapters.http.routes.health import health_routes
from gateway.openapi.document import document
from gateway.transcoding.contracts import Contracts

from ...asgi import Client
from ...suite_double import PLENTY, TABLE

CONTRACTS = Contracts.load()
BY_HAND = {**health.PATHS, **notices.PATHS, **files.PATHS, **clock.PATHS, **workbench.PATHS}
DOCUMENT = document(CONTRACTS, TABLE.routes, BY_HAND)


class State:
    is_ready = True


@pytest.fixture
def client() -> Client:
    async def never(*_: Any) -> None:
        raise AssertionError

    async def is_ready() -> bool:
        return State.is_ready

    routers = [health_routes(is_ready), documentation_routes(lambda: DOCUMENT, CONTRACTS)]
    front = Front(application(TABLE, never, routers), never, RateLimits(Rates(PLENTY, PLENTY, PLENTY)))  # type: ignore[arg-type]
    return Client(front)


def test_the_document_with_the_routes_by_hand_is_valid() -> None:
    import openapi_spec_validator  # noqa: PLC0415

    openapi_spec_validator.validate(DOCUMENT)


async def test_the_document_is_open_to_everybody_and_cached_by_its_tag(client: Client) -> None:
    first = await client.send("GET", "/openapi.json")
    again = await client.send("GET", "/openapi.json", if_none_match=first.headers["etag"])

    assert first.json["openapi"] == "3.1.0"
    assert first.headers["cache-control"].startswith("public")
    assert again.status == 304


async def test_the_page_lists_all_operations_and_loads_nothing_from_elsewhere(client: Client) -> None:
    page = await client.send("GET", "/docs")
    html = page.body.decode()
    style = re.search("<style>(.*)</style>", html)

    assert "/v1/leads/{lead_id}:override" in html
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
    assert "<script" not in html
    assert "http:" not in html
    assert "https:" not in html


async def test_the_type_of_a_problem_leads_to_what_it_means(client: Client) -> None:
    known = await client.send("GET", "/problems/stale-version")
    unknown = await client.send("GET", "/problems/nonsense")

    assert known.json["about"].startswith("The resource has changed")
    assert set(known.json["texts"]) == {"zh-CN", "en"}
    assert unknown.status == 404


async def test_health_is_told_without_limits(client: Client) -> None:
    State.is_ready = False
    alive, not_ready = await client.send("GET", "/livez"), await client.send("GET", "/readyz")
    State.is_ready = True
    ready = await client.send("GET", "/readyz")

    assert (alive.status, not_ready.status, ready.status) == (200, 503, 200)
    assert "ratelimit-limit" not in alive.headers


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("48h", timedelta(hours=48)),
        ("1h30m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("172800s", timedelta(hours=48)),
        ("0.5s", timedelta(milliseconds=500)),
    ],
)
def test_spans_are_read_as_people_write_them(text: str, span: timedelta) -> None:
    assert span_of({"by": text}) == span


@pytest.mark.parametrize(
    "document",
    [{}, [], {"by": 5}, {"by": "1h", "x": 1}, *({"by": text} for text in ("", "h", "0s", "500d", "-1h", "30m1h"))],
)
def test_other_spans_are_refused(document: Any) -> None:
    with pytest.raises(Invalid):
        span_of(document)


@pytest.mark.parametrize(("step", "span"), [({}, timedelta(seconds=30)), ({"step": "10m"}, timedelta(minutes=10))])
def test_the_shortest_step_is_half_a_minute_unless_it_is_said(step: Any, span: timedelta) -> None:
    assert shortest_step_of({"by": "1h", **step}) == span


@pytest.mark.parametrize("step", ["", "x", "29s", "61m", 5, None])
def test_a_shortest_step_beyond_half_a_minute_and_an_hour_is_refused(step: Any) -> None:
    with pytest.raises(Invalid):
        shortest_step_of({"by": "1h", "step": step})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_one_customer_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
