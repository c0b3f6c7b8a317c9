"""Generated requests against the whole suite, as callers of every kind: what comes back is what the document says.

The gateway's own tests hold the document and the gateway together (`services/gateway/tests/unit/openapi`); behind this
one are the services, the database and the rights of people. Requests are drawn by a fixed seed, and in `make test` who
sends them: of each operation somebody who may, and one of the others. `THROUGHLINE_FUZZ_SEED` gives another seed; in
`make faults` everybody sends many.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chassis.sound_values import EARLIEST, LATEST
from embedded.services import OPERATOR
from embedded.suite import Suite

from .company import SERVICE, Company
from .wholeness import faults, logged_bugs

pytestmark = [pytest.mark.xdist_group("fuzz"), pytest.mark.timeout(300)]

NOBODY = ""
ROLES = (NOBODY, "rep", "supervisor", "director", "admin", "legal", "finance", OPERATOR, SERVICE)
_WIDEST = "admin"
_SENDERS = 2
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)
_SEED = int(os.environ.get("THROUGHLINE_FUZZ_SEED", "1"))
_FEW, _MANY = 1, 25
"""Examples of each operation, role and kind of data."""
_NOT_SENT = re.compile(r"text/event-stream|x-ndjson|ForwardClock|SettleClock|Rule:")
"""Operations that are left out. The tool neither reads events nor writes lines; the clock cannot be turned back, and
each wait for the suite to rest takes seconds; a rule over several fields has no form in JSON Schema. Their messages are
sent by test_malformed_messages.py."""
_YEARS = (EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None))
_BODY_LIMIT = 4 * 1024 * 1024
_NO_JSON = (
    b"\xff\xfe{}",
    b"null",
    b"[]",
    b"1e999",
    b"NaN",
    b'{"request_id": "\\ud800"}',
    b'{"request_id": "\\u0000"}',
    b'{"request_id": "a", "request_id": "b"}',
    b'{"no such field": 1}',
    b'{"request_id": ' + b"9" * 5_000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"request_id": "a"',
)

Operations = dict[str, Any]


@pytest.fixture(scope="module")
def operations(fuzzed_suite: Suite) -> Operations:
    """By label, as the running gateway describes them."""
    schemathesis.openapi.format("date-time", st.datetimes(*_YEARS).map(lambda moment: f"{moment.isoformat()}Z"))
    url = f"{fuzzed_suite.endpoints().http}/openapi.json"
    described = httpx.get(url).raise_for_status().json()
    schema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=fuzzed_suite.endpoints().http)
    found = (result.ok() for result in schema.get_all_operations())  # type: ignore[union-attr]  # a fault ends the test
    return {each.label: each for each in found if not _NOT_SENT.search(str(described["paths"][each.path][each.method]))}


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize("place", range(_SENDERS))
def test_answers_are_as_the_document_says(
    place: int, mode: schemathesis.GenerationMode, operations: Operations, company: Company, fuzzed_suite: Suite
) -> None:
    drawn = {label: _senders(label)[place] for label in operations}

    wrong = _wrong_answers(operations, mode, company, drawn, _FEW)

    assert wrong == {}, logged_bugs(fuzzed_suite)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "nobody")
def test_answers_to_many_requests_are_as_the_document_says(
    role: str, mode: schemathesis.GenerationMode, operations: Operations, company: Company, fuzzed_suite: Suite
) -> None:
    wrong = _wrong_answers(operations, mode, company, dict.fromkeys(operations, role), _MANY)

    assert wrong == {}, logged_bugs(fuzzed_suite)


def test_bodies_over_their_limit_are_refused_unread(
    operations: Operations, company: Company, fuzzed_suite: Suite
) -> None:
    body = b'{"request_id": "' + bytes(_BODY_LIMIT).replace(b"\0", b"x") + b'"}'

    statuses = dict(_statuses(operations, company, fuzzed_suite, [body]))

    assert {label: seen for label, seen in statuses.items() if seen != [413]} == {}


def test_bodies_that_are_no_json_of_ours_are_refused(
    operations: Operations, company: Company, fuzzed_suite: Suite
) -> None:
    statuses = dict(_statuses(operations, company, fuzzed_suite, _NO_JSON))

    assert {label: seen for label, seen in statuses.items() if not set(seen) <= {400, 403, 428}} == {}


def test_the_suite_is_whole_after_all_of_it(fuzzed_suite: Suite, company: Company) -> None:
    assert list(faults(fuzzed_suite, company)) == []
    assert logged_bugs(fuzzed_suite) == {}


def _senders(label: str) -> list[str]:
    """Somebody who may do nearly everything, and others as the seed draws them for the operation."""
    others = [role for role in ROLES if role != _WIDEST]
    return [_WIDEST, *random.Random(f"{_SEED} {label}").sample(others, _SENDERS - 1)]


def _wrong_answers(
    operations: Operations,
    mode: schemathesis.GenerationMode,
    company: Company,
    roles: Mapping[str, str],
    examples: int,
) -> dict[str, list[str]]:
    """What is wrong with the answers, by operation; `roles` says for each who sends."""
    cases = {label: operation.as_strategy(generation_mode=mode) for label, operation in operations.items()}
    found = {label: _wrong_answers_to(each, company, roles[label], examples) for label, each in cases.items()}
    return {label: wrong for label, wrong in found.items() if wrong}


def _wrong_answers_to(cases: st.SearchStrategy[Any], company: Company, role: str, examples: int) -> list[str]:
    wrong: list[str] = []

    @seed(_SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, of_real_things=st.booleans())
    def send(case: Any, of_real_things: bool) -> None:
        if of_real_things:
            _name_real_things(case, company.known)
        wrong.extend(_faults_of_answer(case, company.headers(role)))

    with suppress(Unsatisfiable):  # nothing that takes no parameters can be asked for wrongly
        send()
    return wrong


def _faults_of_answer(case: Any, headers: Mapping[str, str]) -> Iterator[str]:
    given_by_tool = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
    case.headers = {**given_by_tool, **headers}
    answer = case.call()
    try:
        case.validate_response(answer, checks=CHECKS)
    except schemathesis.errors.FailureGroup as failure:
        yield from (f"{answer.status_code}: {each}" for each in failure.exceptions)


def _name_real_things(case: Any, known: Mapping[str, Any]) -> None:
    """Puts ids of things that are there in the place of ids that are well formed at best."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: known[name] for name in place.keys() & known.keys() if name.endswith("_id")})


def _statuses(
    operations: Operations, company: Company, suite: Suite, bodies: Iterable[bytes]
) -> Iterator[tuple[str, list[int]]]:
    """What each operation that takes JSON answers to bodies, told to be JSON, by somebody who may call it."""
    headers = {**company.headers("admin"), "content-type": "application/json", "if-match": '"1"'}
    with httpx.Client(base_url=suite.endpoints().http, headers=headers, timeout=60) as http:
        for label, operation in operations.items():
            if any(body.media_type == "application/json" for body in operation.body):
                path = re.sub(r"\{(\w+)\}", lambda found: str(company.known.get(found[1], "collab")), operation.path)
                method = operation.method.upper()
                yield label, [http.request(method, path, content=body).status_code for body in bodies]
