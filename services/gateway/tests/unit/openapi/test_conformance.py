"""The document and the gateway agree: what it allows is taken, what it forbids refused, answers fit their schemas."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import schemathesis
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chassis.errors import NotFound, Unauthenticated
from chassis.identity import VerifiedToken
from chassis.ids import TenantId, new_id
from chassis.sound_values import EARLIEST, LATEST
from chassis.validation import validate
from gateway.adapters.http.app import application
from gateway.adapters.http.front import Front
from gateway.adapters.http.rate_limits import RateLimits, Rates
from gateway.adapters.http.transcoder import Transcoder
from gateway.domain.token_bucket import Rate
from gateway.openapi.document import document
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.routes import Route

from ...suite_double import TABLE

TOKEN = "good"
SERVICES = {"collab", "gateway", "lead-router", "pipeline", "scoring"}
DOCUMENT = document(Contracts.load(), TABLE.routes)
# The tool cannot make lines or read events; and a rule over several fields has no form in JSON Schema.
NOT_TRIED = re.compile(r"stream|heat|Rule:")


class ContractsAlone:
    """Services that hold requests against the contract and answer with an empty message."""

    async def unary(self, service: str, route: Route, request: Message) -> Message:
        if service not in SERVICES:
            raise NotFound("service", service)
        validate(request)
        return route.response.message_class()

    async def client_stream(self, service: str, route: Route, requests: AsyncIterator[Message]) -> Message:
        raise AssertionError

    def server_stream(self, service: str, route: Route, request: Message) -> AsyncGenerator[Message, None]:
        raise AssertionError


class OneToken:
    async def verify(self, token: str) -> VerifiedToken:
        if token != TOKEN:
            raise Unauthenticated("the token is another")
        return VerifiedToken("issuer", "u-1", TenantId(new_id()), datetime.now(UTC) + timedelta(hours=1))


def _front() -> Front:
    plenty = Rate(1e9, 10**9)
    limits = RateLimits(Rates(plenty, plenty, plenty))
    return Front(application(TABLE, Transcoder(ContractsAlone()), []), OneToken(), limits)


# JSON Schema can bound neither times nor characters without hiding what else it says; the document does so in words.
YEARS = (EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None) - timedelta(seconds=1))
schemathesis.openapi.format("date-time", st.datetimes(*YEARS).map(lambda moment: f"{moment.isoformat()}Z"))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.config.generation.update(allow_x00=False)
SCHEMA.app = _front()


def _operations() -> Iterator[Any]:
    for result in SCHEMA.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # a fault of the document fails the test beside this one
        described = DOCUMENT["paths"][operation.path][operation.method]
        if not NOT_TRIED.search(str(described)):
            yield operation


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize("operation", list(_operations()), ids=lambda operation: operation.label)
def test_the_gateway_does_as_its_document_says(operation: Any, mode: schemathesis.GenerationMode) -> None:
    faults: list[str] = []

    @settings(
        max_examples=3,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {TOKEN}"}
        try:
            case.call_and_validate()
        except schemathesis.errors.FailureGroup as failure:
            # It tries its own bad tokens, which the line above takes away from it again.
            faults.extend(str(each) for each in failure.exceptions if "authentication" not in str(each))

    send()

    assert faults == []
