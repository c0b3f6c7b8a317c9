from __future__ import annotations

import pytest

from chassis.context import Principal, RequestContext, bind
from chassis.errors import Invalid, Violation
from chassis.requests import hash_of, key_of, keyed_context
from chassis.validation import validate
from throughline.collab.v1.calendar_service_pb2 import DAY_KIND_OFF, CalendarDay, PutCalendarDaysRequest
from throughline.collab.v1.directory_service_pb2 import GetMeRequest, ImportDirectoryRequest, PersonRow
from throughline.lead_router.v1.lead_service_pb2 import SubmitLeadRequest, SubmitLeadsRequest


def test_every_fault_is_named_with_the_path_of_its_field() -> None:
    row = PersonRow(employee_no="1", name="x", subject="s", team="t", roles=["rep", "rep"], email="nobody")

    with pytest.raises(Invalid) as refusal:
        validate(ImportDirectoryRequest(people=[row, PersonRow()], request_id="x" * 201))

    found = {(fault.field, fault.reason) for fault in refusal.value.violations}
    assert {
        ("people[0].email", "string.email"),
        ("people[0].roles", "repeated.unique"),
        ("people[1].employee_no", "string.min_len"),
        ("people[1].name", "string.min_len"),
        ("people[1].roles", "repeated.min_items"),
        ("request_id", "string.max_len"),
    } <= found


def test_keys_of_maps_and_missing_messages_are_named_too() -> None:
    request = SubmitLeadRequest()
    request.submission.form["field"] = "x" * 5000

    with pytest.raises(Invalid) as refusal:
        validate(request)

    assert {fault.field for fault in refusal.value.violations} == {'submission.form["field"]', "submission.origin"}


def test_the_message_of_a_fault_is_a_sentence_without_the_value() -> None:
    with pytest.raises(Invalid) as refusal:
        validate(PutCalendarDaysRequest(days=[CalendarDay(date="13812345678", kind=DAY_KIND_OFF)]))

    assert refusal.value.violations == (
        Violation("days[0].date", "string.pattern", "does not match regex pattern `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`"),
    )


def test_a_message_that_keeps_its_rules_passes() -> None:
    validate(GetMeRequest())


def test_the_hash_of_a_request_is_that_of_its_content_whatever_its_key() -> None:
    first = SubmitLeadsRequest(request_id="a")
    first.submission.form.update({"x": "1", "y": "2"})
    second = SubmitLeadsRequest(request_id="b")
    second.submission.form.update({"y": "2", "x": "1"})
    other = SubmitLeadsRequest(request_id="a")

    assert hash_of(first) == hash_of(second) != hash_of(other)
    assert first.request_id == "a"
    assert key_of(GetMeRequest()) == ""


def test_each_message_of_a_stream_can_be_bound_under_its_own_key() -> None:
    principal = Principal("service", "service:x", None, frozenset())

    with bind(RequestContext(principal, None, "m", locale="en")):
        context = keyed_context(SubmitLeadsRequest(request_id="k7"))

    assert (context.request_id, context.locale) == ("k7", "en")
    assert context.request_hash == hash_of(SubmitLeadsRequest())
