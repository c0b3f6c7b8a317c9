"""How path, query, body and headers become one request message."""

from __future__ import annotations

import pytest

from chassis.errors import Invalid
from gateway.errors import VersionRequired
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import JsonMapper
from gateway.transcoding.json_text import Json
from gateway.transcoding.requests import RequestParts, read_request
from gateway.transcoding.routes import Route, RouteTable
from throughline.collab.v1.directory_service_pb2 import BatchGetPeopleRequest
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1.lead_service_pb2 import (
    GetResponseTimesRequest,
    ListLeadsRequest,
    OverrideAssignmentRequest,
    SubmitLeadRequest,
)
from throughline.lead_router.v1.rep_service_pb2 import PutRepProfileRequest

TABLE = RouteTable(Contracts.load(), JsonMapper())


def route(method: str, path: str) -> Route:
    match = TABLE.match(method, path)
    assert match is not None
    assert match.found is not None
    return match.found


OVERRIDE = route("POST", "/v1/leads/l1:override")
PROFILE = route("PUT", "/v1/reps/r1")
LEADS = route("GET", "/v1/leads")
SUBMIT = route("POST", "/v1/leads")


def parts(
    path: dict[str, str] | None = None, query: str = "", body: Json = None, **headers: str | None
) -> RequestParts:
    pairs = [(name, value) for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)]
    return RequestParts(path or {}, pairs, body, has_body=body is not None, **headers)


def violations_of(asked: Route, given: RequestParts) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read_request(asked, given)
    return {violation.field: violation.reason for violation in caught.value.violations}


def test_path_and_body_are_one_message() -> None:
    request = read_request(
        OVERRIDE, parts({"lead_id": "l1"}, body={"rep_id": "r1", "version": "3", "reason": "knows them"})
    )

    assert request == OverrideAssignmentRequest(lead_id="l1", rep_id="r1", version=3, reason="knows them")


def test_query_parameters_are_read_by_the_types_of_their_fields() -> None:
    given = parts(query="states=WAITING&states=OFFERED&to_be_activated=true&page_size=20&source=expo=1")

    assert read_request(LEADS, given) == ListLeadsRequest(
        states=[lead_pb2.LEAD_STATE_WAITING, lead_pb2.LEAD_STATE_OFFERED],
        to_be_activated=True,
        page_size=20,
        source="expo=1",
    )


def test_times_and_repeated_texts_stand_in_a_query() -> None:
    times = read_request(route("GET", "/v1/leads:response-times"), parts(query="from=2026-03-10T01:30:00Z"))
    people = read_request(route("GET", "/v1/people:batchGet"), parts(query="person_ids=a&person_ids=b"))

    expected = GetResponseTimesRequest()
    getattr(expected, "from").FromJsonString("2026-03-10T01:30:00Z")
    assert times == expected
    assert people == BatchGetPeopleRequest(person_ids=["a", "b"])


def test_all_faults_of_a_query_are_named() -> None:
    given = parts(query="states=waiting&to_be_activated=1&page_size=x&owner_id=a&owner_id=b&colour=red&states.x=1")

    assert violations_of(LEADS, given) == {
        "states[0]": "enum",
        "to_be_activated": "boolean",
        "page_size": "integer",
        "owner_id": "repeated_parameter",
        "colour": "unknown_parameter",
        "states.x": "unknown_parameter",
    }


def test_a_body_for_a_call_without_one_is_refused() -> None:
    assert violations_of(LEADS, parts(body={})) == {"": "body"}


def test_a_body_that_is_no_object_is_refused() -> None:
    assert violations_of(SUBMIT, parts(body=[])) == {"": "object"}


def test_what_the_path_gives_is_not_repeated_in_the_body() -> None:
    given = parts({"lead_id": "l1"}, body={"lead_id": "l2", "version": "1"})

    assert violations_of(OVERRIDE, given) == {"lead_id": "given_twice"}


def test_if_match_is_the_version_that_the_caller_saw() -> None:
    for tag in ('"7"', '"7-0123456789abcdef"'):
        request = read_request(OVERRIDE, parts({"lead_id": "l1"}, body={"rep_id": "r1"}, if_match=tag))

        assert request == OverrideAssignmentRequest(lead_id="l1", rep_id="r1", version=7)


def test_a_version_of_32_bits_is_taken_from_if_match_too() -> None:
    publish = route("POST", "/v1/routing-policies:publish")

    assert getattr(read_request(publish, parts(body={"document": {}}, if_match='"4"')), "version") == 4  # noqa: B009


def test_if_match_and_body_must_agree() -> None:
    given = parts({"lead_id": "l1"}, body={"version": "3"}, if_match='"7"')

    assert violations_of(OVERRIDE, given) == {"version": "given_twice"}


@pytest.mark.parametrize("tag", ["", 'W/"7"', "7", '"7", "8"', '"x"', '"07"', '"9223372036854775808888"'])
def test_a_tag_that_is_not_ours_is_refused(tag: str) -> None:
    assert violations_of(OVERRIDE, parts({"lead_id": "l1"}, body={}, if_match=tag)) == {"If-Match": "if_match"}


@pytest.mark.parametrize("tag", [None, "*"])
def test_a_change_without_a_version_is_refused_by_a_reason_of_its_own(tag: str | None) -> None:
    with pytest.raises(VersionRequired) as caught:
        read_request(OVERRIDE, parts({"lead_id": "l1"}, body={"rep_id": "r1"}, if_match=tag))

    assert caught.value.metadata == {"kind": "OverrideAssignment"}


def test_if_none_match_any_asks_for_the_first_version() -> None:
    request = read_request(PROFILE, parts({"rep_id": "r1"}, body={"profile": {}}, if_none_match="*"))

    assert isinstance(request, PutRepProfileRequest)
    assert request.version == 0


def test_the_idempotency_key_becomes_the_request_id() -> None:
    assert read_request(SUBMIT, parts(body={}, idempotency_key="k1")) == SubmitLeadRequest(request_id="k1")
    assert read_request(SUBMIT, parts(body={"request_id": "k1"}, idempotency_key="k1")) == SubmitLeadRequest(
        request_id="k1"
    )


def test_a_key_that_differs_from_the_body_or_is_too_long_is_refused() -> None:
    assert violations_of(SUBMIT, parts(body={"request_id": "k2"}, idempotency_key="k1")) == {
        "request_id": "given_twice"
    }
    for bad in ("", "k" * 201, "k 1"):
        assert violations_of(SUBMIT, parts(body={}, idempotency_key=bad)) == {"Idempotency-Key": "idempotency_key"}


def test_a_key_of_a_call_that_changes_nothing_is_ignored() -> None:
    assert read_request(LEADS, parts(idempotency_key="k" * 500)) == ListLeadsRequest()
