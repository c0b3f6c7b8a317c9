"""How the suite's JSON looks, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money

from gateway.transcoding import json_text
from gateway.transcoding.faults import Faulty
from gateway.transcoding.json_mapper import JsonMapper
from throughline.lead_router.v1.lead_pb2 import Lead, LeadProfile, LeadState, LeadSubmission
from throughline.lead_router.v1.lead_service_pb2 import ListLeadsRequest, SubmitLeadRequest

from ...every_kind import every_kind

MAPPER = JsonMapper()


def read(json: object) -> SubmitLeadRequest:
    message = MAPPER.decode(SubmitLeadRequest.DESCRIPTOR, json)  # type: ignore[arg-type]  # whatever a client sends
    assert isinstance(message, SubmitLeadRequest)
    return message


def decoded(message_class: Any, json: object) -> Message:
    return MAPPER.decode(message_class.DESCRIPTOR, json)  # type: ignore[arg-type]  # whatever a client sends


def faults_of(json: object, descriptor: object = SubmitLeadRequest.DESCRIPTOR) -> dict[str, str]:
    with pytest.raises(Faulty) as caught:
        MAPPER.decode(descriptor, json)  # type: ignore[arg-type]  # whatever a client sends
    return {fault.as_violation().field: fault.reason for fault in caught.value.faults}


def test_a_message_is_written_with_all_its_fields_and_null_where_it_says_nothing() -> None:
    written = MAPPER.encode(Lead(lead_id="l1", version=7, state=LeadState.LEAD_STATE_ASSIGNED))

    assert isinstance(written, dict)
    assert list(written) == [field.name for field in Lead.DESCRIPTOR.fields]
    assert written["version"] == "7"
    assert written["state"] == "ASSIGNED"
    assert written["waiting_reason"] is None
    assert written["identity"] is None
    assert written["owner_id"] == ""
    assert written["is_urgent"] is False
    assert written["warnings"] == []
    assert written["custom"] == {}


@pytest.mark.parametrize(
    ("units", "nanos", "amount"),
    [
        (12, 300_000_000, "12.30"),
        (0, 0, "0.00"),
        (-1, -750_000_000, "-1.75"),
        (0, -5_000_000, "-0.005"),
        (10**18 - 1, 999_999_999, "999999999999999999.999999999"),
    ],
)
def test_money_is_an_exact_decimal_both_ways(units: int, nanos: int, amount: str) -> None:
    money = Money(currency_code="CNY", units=units, nanos=nanos)

    assert MAPPER.encode(money) == {"currency": "CNY", "amount": amount}
    assert decoded(Money, {"currency": "CNY", "amount": amount}) == money


@pytest.mark.parametrize(
    ("seconds", "nanos", "text"),
    [
        (1_773_106_200, 0, "2026-03-10T01:30:00Z"),
        (1_773_106_200, 250_000_000, "2026-03-10T01:30:00.250Z"),
        (1_773_106_200, 250_001_000, "2026-03-10T01:30:00.250001Z"),
        (1_773_106_200, 1, "2026-03-10T01:30:00.000000001Z"),
        (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
    ],
)
def test_a_time_has_no_more_decimals_than_it_needs(seconds: int, nanos: int, text: str) -> None:
    assert MAPPER.encode(Timestamp(seconds=seconds, nanos=nanos)) == text


def test_a_time_with_another_offset_is_read_as_the_same_moment() -> None:
    assert decoded(Timestamp, "2026-03-10T09:30:00.5+08:00") == Timestamp(seconds=1_773_106_200, nanos=500_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T00:00:00Z",
        "2026-03-10",
        "2026-03-10 01:30:00Z",
        "0001-01-01T00:00:00+08:00",
        "１026-03-10T01:30:00Z",
    ],
)
def test_a_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Faulty):
        decoded(Timestamp, text)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Duration(seconds=3, nanos=500_000_000), "3.5s"),
        (Duration(), "0s"),
        (Duration(nanos=-250_000_000), "-0.25s"),
        (Duration(seconds=172_800), "172800s"),
    ],
)
def test_a_span_is_written_in_seconds(span: Duration, text: str) -> None:
    assert MAPPER.encode(span) == text
    assert decoded(Duration, text) == span


def test_an_open_structure_is_plain_json() -> None:
    document = {"version": 1, "weights": {"fairness": 0.5}, "teams": ["a", None, True]}

    structure = decoded(Struct, document)

    assert MAPPER.encode(structure) == document


def test_all_faults_of_a_document_are_named_at_once_with_their_paths() -> None:
    document = {
        "submission": {
            "identity": {"company": 3, "fax": "1"},
            "origin": {"attachment_types": ["tender", 4]},
            "profile": {"segment": "ka", "amount": {"amount": 12.3, "vat": 1}, "trial_ends_at": "soon"},
            "custom": {"区域 a": None},
        },
        "request_id": None,
        "Lead": 1,
    }

    assert faults_of(document) == {
        "submission.identity.company": "string",
        "submission.identity.fax": "unknown_field",
        "submission.origin.attachment_types[1]": "string",
        "submission.profile.segment": "enum",
        "submission.profile.amount.currency": "money.currency",
        "submission.profile.amount.amount": "money.amount",
        "submission.profile.amount.vat": "unknown_field",
        "submission.profile.trial_ends_at": "timestamp",
        'submission.custom["区域 a"]': "string",
        "request_id": "string",
        "Lead": "unknown_field",
    }


def test_null_is_unset_where_null_is_written() -> None:
    assert read({"submission": {"profile": {"segment": None, "amount": None}}}) == SubmitLeadRequest(
        submission=LeadSubmission(profile=LeadProfile())
    )


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("one_int32", 2**31, "integer.range"),
        ("one_int32", True, "integer"),
        ("one_int32", 1.5, "integer"),
        ("one_int32", "1", "integer"),
        ("one_uint32", -1, "integer.range"),
        ("one_int64", 1, "integer64"),
        ("one_int64", "01", "integer64"),
        ("one_int64", "9223372036854775808", "integer64.range"),
        ("one_uint64", "-1", "integer64.range"),
        ("one_bool", 1, "boolean"),
        ("one_double", "1", "number"),
        ("one_double", 10**400, "number.range"),
        ("one_float", 1e39, "number.range"),
        ("one_bytes", "ä", "bytes"),
        ("one_string", "\ud800", "string.utf8"),
        ("many_string", "a", "array"),
        ("by_text", [], "object"),
        ("colour", "TEST_COLOUR_RED", "enum"),
        ("colour", "UNSPECIFIED", "enum"),
        ("colour", 1, "enum"),
        ("itself", [], "object"),
        ("a_fieldmask", "Name", "field_mask"),
        ("a_duration", "3500ms", "duration"),
        ("a_duration", "999999999999s", "duration.range"),
    ],
)
def test_a_value_of_another_type_is_refused(field: str, value: object, reason: str) -> None:
    assert faults_of({field: value}, every_kind()) == {field: reason}


def test_a_whole_number_may_have_a_point() -> None:
    assert MAPPER.decode(every_kind(), {"one_int32": 3.0}) == GetMessageClass(every_kind())(one_int32=3)


def test_keys_of_maps_are_checked_as_numbers() -> None:
    assert faults_of({"by_narrow": {"1": "1s", "x": "1s", "4294967296": "1s"}}, every_kind()) == {
        'by_narrow["x"]': "integer64",
        'by_narrow["4294967296"]': "integer.range",
    }


def test_only_one_member_of_a_oneof_may_be_set() -> None:
    assert faults_of({"first": "a", "second": "1"}, every_kind()) == {"second": "oneof"}


def test_a_structure_nested_deeper_than_protobuf_can_carry_is_refused() -> None:
    nested: object = 1
    for _ in range(40):
        nested = [nested]

    assert list(faults_of({"a_value": nested}, every_kind()).values()) == ["depth"]


def test_an_enum_value_newer_than_this_build_is_told_apart() -> None:
    written = MAPPER.encode(ListLeadsRequest(states=[17]))  # type: ignore[list-item]  # an open enum takes any number

    assert isinstance(written, dict)
    assert written["states"] == ["UNRECOGNIZED_17"]


def test_a_float_of_32_bits_is_written_as_short_as_it_reads_back() -> None:
    written = MAPPER.encode(GetMessageClass(every_kind())(one_float=0.1))

    assert isinstance(written, dict)
    assert written["one_float"] == 0.1


def test_what_is_no_number_is_null() -> None:
    written = MAPPER.encode(GetMessageClass(every_kind())(one_double=float("nan"), one_float=float("inf")))

    assert isinstance(written, dict)
    assert written["one_double"] is None
    assert written["one_float"] is None


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b'{"a": 1,}', 1, 9),
        (b'{\n "a": tru}', 2, 7),
        (b'{"a": "\xff"}', 1, 8),
        (b"", 1, 1),
        (b'{"a": 1} x', 1, 10),
    ],
)
def test_malformed_json_is_refused_with_its_place(text: bytes, line: int, column: int) -> None:
    with pytest.raises(json_text.MalformedJson) as caught:
        json_text.parse(text)

    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "text", [b'{"a":1,"a":2}', b"NaN", b"-Infinity", b"1e999", b"1" * 500, b"[" * 100_000, b'{"a":"\x01"}']
)
def test_what_json_does_not_allow_is_refused(text: bytes) -> None:
    with pytest.raises(json_text.MalformedJson):
        json_text.parse(text)
