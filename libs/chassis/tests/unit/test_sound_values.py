from __future__ import annotations

import math

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money

from chassis.errors import Invalid
from chassis.sound_values import DEEPEST_STRUCTURE, EARLIEST, LATEST, unsound
from chassis.validation import validate
from throughline.lead_router.v1.import_service_pb2 import ImportRow, ImportRowsRequest
from throughline.lead_router.v1.lead_pb2 import LeadIdentity, LeadSubmission
from throughline.lead_router.v1.policy_service_pb2 import PublishPolicyRequest

FIRST_S, END_S = int(EARLIEST.timestamp()), int(LATEST.timestamp())


def test_nul_is_found_wherever_text_stands() -> None:
    submission = LeadSubmission(identity=LeadIdentity(company="a\0"), custom={"k": "\0", "k\0": "v"})
    submission.origin.attachment_types.extend(["pdf", "\0"])

    found = [(fault.field, fault.reason) for fault in unsound(submission)]

    assert sorted(found) == [
        ('custom["k"]', "string.nul"),
        ('custom["k\\0"]', "string.nul"),
        ("identity.company", "string.nul"),
        ("origin.attachment_types[1]", "string.nul"),
    ]


@pytest.mark.parametrize(
    ("seconds", "nanos", "is_sound"),
    [
        (FIRST_S, 0, True),
        (FIRST_S - 1, 999_999_999, False),
        (END_S - 1, 999_999_999, True),
        (END_S, 0, False),
        (0, -1, False),
        (0, 10**9, False),
        (2**63 - 1, 0, False),
    ],
)
def test_moments_lie_in_years_that_can_be_reckoned_with(seconds: int, nanos: int, is_sound: bool) -> None:
    assert (not list(unsound(Timestamp(seconds=seconds, nanos=nanos), "at"))) is is_sound


@pytest.mark.parametrize(
    "message",
    [
        Duration(seconds=2**63 - 1),
        Duration(seconds=1, nanos=-1),
        Duration(nanos=10**9),
        Money(units=1, nanos=-1),
        Money(nanos=-(10**9)),
    ],
)
def test_spans_and_amounts_have_one_sign_and_less_than_a_whole_of_nanos(message: Duration | Money) -> None:
    assert [fault.field for fault in unsound(message, "place")] == ["place"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_in_free_structures_are_finite(number: float) -> None:
    document = Struct(fields={"worth": Value(list_value=ListValue(values=[Value(number_value=number)]))})

    with pytest.raises(Invalid) as refusal:
        validate(PublishPolicyRequest(document=document))

    assert [(fault.field, fault.reason) for fault in refusal.value.violations] == [
        ('document.fields["worth"].list_value.values[0].number_value', "number.finite")
    ]


@pytest.mark.parametrize(("depth", "faults"), [(DEEPEST_STRUCTURE, 0), (DEEPEST_STRUCTURE + 1, 1)])
def test_free_structures_are_as_deep_as_the_gateway_reads_them(depth: int, faults: int) -> None:
    value = Value(bool_value=True)
    for _ in range(depth - 1):
        value = Value(list_value=ListValue(values=[value]))

    assert len(list(unsound(Struct(fields={"x": value})))) == faults


def test_what_a_contract_leaves_to_the_servicer_is_left_to_it() -> None:
    row = ImportRow(row_number=1, submission=LeadSubmission(message="\0"))
    request = ImportRowsRequest(import_id="0190f3c4-0000-7000-8000-000000000001", rows=[row])

    validate(request)

    with pytest.raises(Invalid):
        validate(row.submission)
