"""Whatever bytes a method is sent: a documented refusal, never UNKNOWN or INTERNAL, and never a half-done change.

Methods are found from the contracts. Each is sent a plausible request with one wrong value at one place, for every
place and every kind of wrong, and bytes that are no request at all. `make faults` sends all variants, `make test` the
part of them that a seed draws; `THROUGHLINE_FUZZ_SEED` draws another.
"""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Mapping, Sequence

import grpc
import pytest
import pytest_asyncio

from embedded.suite import Suite

from .calls import Answer, Caller, Target, targets
from .company import Company, document_of
from .malformed import Malformed, Variant
from .plausible import Plausible
from .wholeness import faults, logged_bugs

pytestmark = [pytest.mark.xdist_group("fuzz"), pytest.mark.timeout(300)]

_SEED = int(os.environ.get("THROUGHLINE_FUZZ_SEED", "1"))
_SHARE_SENT = 0.02
_CLOCK = "/throughline.operations.v1.OperationsService/MoveClock"
# What a method does to the clock cannot be undone, so that one comes last.
_TARGETS = sorted(targets(), key=lambda target: target.rule.name == _CLOCK)
_AT_THE_DOOR = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.PERMISSION_DENIED}
_STRANGE_METADATA: tuple[dict[str, str | bytes], ...] = (
    {"x-tenant": "not an id"},
    {"x-tenant": "00000000-0000-0000-0000-000000000000"},
    {"traceparent": "00-zz-zz-zz", "tracestate": "=" * 600},
    {"accept-language": "zh;q=nan, *;q=1e400, -" + "x" * 2_000},
    {"x-request-id": "k" * 5_000},
    {"x-forwarded-for": "," * 500 + "%", "x-forwarder-authorization": "Bearer e.e.e"},
    {"some-bin": b"\xff\x00"},
)
_STRANGE_TOKENS = (
    "",
    "Bearer",
    "Bearer ..",
    "Bearer e30.e30.",
    "Basic eDp4",
    f"Bearer {'[' * 3000}.e30.x",
)


@pytest_asyncio.fixture
async def caller(fuzzed_suite: Suite) -> AsyncIterator[Caller]:
    async with Caller.to(fuzzed_suite.endpoints().grpc) as caller:
        yield caller


@pytest.mark.parametrize("target", _TARGETS, ids=str)
async def test_malformed_requests_are_refused_as_documented(
    target: Target, caller: Caller, company: Company, fuzzed_suite: Suite
) -> None:
    variants = _drawn(_variants(target, company))

    answers = await caller.all(target, [body for _, body in variants], company.headers(target.role))

    assert _wrong(variants, answers) == [], logged_bugs(fuzzed_suite)


@pytest.mark.faults
@pytest.mark.parametrize("target", _TARGETS, ids=str)
async def test_every_malformed_request_is_refused_as_documented(
    target: Target, caller: Caller, company: Company, fuzzed_suite: Suite
) -> None:
    variants = _variants(target, company)

    answers = await caller.all(target, [body for _, body in variants], company.headers(target.role))

    assert _wrong(variants, answers) == [], logged_bugs(fuzzed_suite)
    assert {answer.code for answer in answers} - _AT_THE_DOOR, "no variant got beyond the rules of the contract"


@pytest.mark.parametrize("target", _TARGETS, ids=str)
async def test_strange_callers_are_refused_as_documented(
    target: Target, caller: Caller, company: Company, fuzzed_suite: Suite
) -> None:
    dice = random.Random(f"{_SEED} {target}")

    untold, faulty = await _strange_calls(
        target, caller, company, dice.sample(_STRANGE_TOKENS, 1), dice.sample(_STRANGE_METADATA, 2)
    )

    assert untold == {grpc.StatusCode.UNAUTHENTICATED}
    assert faulty == [], logged_bugs(fuzzed_suite)


@pytest.mark.faults
@pytest.mark.parametrize("target", _TARGETS, ids=str)
async def test_every_strange_caller_is_refused_as_documented(
    target: Target, caller: Caller, company: Company, fuzzed_suite: Suite
) -> None:
    untold, faulty = await _strange_calls(target, caller, company, _STRANGE_TOKENS, _STRANGE_METADATA)

    assert untold == {grpc.StatusCode.UNAUTHENTICATED}
    assert faulty == [], logged_bugs(fuzzed_suite)


def test_the_suite_is_whole_after_all_of_it(fuzzed_suite: Suite, company: Company) -> None:
    assert list(faults(fuzzed_suite, company)) == []
    assert logged_bugs(fuzzed_suite) == {}


async def _strange_calls(
    target: Target,
    caller: Caller,
    company: Company,
    tokens: Sequence[str],
    metadata: Sequence[Mapping[str, str | bytes]],
) -> tuple[set[grpc.StatusCode], list[str]]:
    """How calls of nobody and with these tokens end, and what is wrong with the answers to known callers' odd calls."""
    body = _plausible(target, company).request(target.request).SerializeToString()
    known = company.headers(target.role)
    untold = [await caller.one(target, sent, {}) for sent in (body, b"", b"\xff\xff")]
    strangers = [await caller.one(target, body, {"authorization": token}) for token in tokens]
    of_no_tenant = await caller.one(target, body, {"authorization": known["authorization"]})
    odd = [await caller.one(target, body, {**known, **each}) for each in metadata]
    faults_of_answers = [fault for answer in (of_no_tenant, *odd) if (fault := answer.fault)]
    return {answer.code for answer in (*untold, *strangers)}, faults_of_answers


def _plausible(target: Target, company: Company) -> Plausible:
    return Plausible({**company.known, **target.known}, document_of(target.service))


def _variants(target: Target, company: Company) -> list[Variant]:
    plausible = _plausible(target, company)
    return Malformed(plausible, _SEED).of(plausible.request(target.request))


def _wrong(variants: list[Variant], answers: list[Answer]) -> list[str]:
    return [f"{told}: {answer.fault}" for (told, _), answer in zip(variants, answers, strict=True) if answer.fault]


def _drawn(variants: list[Variant]) -> list[Variant]:
    """A part of the variants, in their order."""
    dice = random.Random(_SEED)
    return [variant for variant in variants if dice.random() < _SHARE_SENT]
