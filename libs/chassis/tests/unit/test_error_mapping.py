from __future__ import annotations

from typing import TypeVar

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from chassis import errors
from chassis.error_mapping import FIXED_SENTENCE, code_of, from_status, to_status
from chassis.error_texts import chosen_locale
from chassis.errors import ThroughlineError, Violation

Detail = TypeVar("Detail", bound=Message)


class RepFull(errors.Refused):
    reason = "REP_FULL"

    def __init__(self) -> None:
        super().__init__("Rep r1 has no room: 18 of 18 leads open.", rep_id="r1", open=18, cap=18)


ALL = [
    (
        errors.Invalid([Violation("name", "string.min_len", "too short"), Violation("age", "int.gte", "neg")]),
        "INVALID_ARGUMENT",
    ),
    (errors.NotFound("lead", "l1"), "NOT_FOUND"),
    (errors.AlreadyExists("lead", "l1"), "ALREADY_EXISTS"),
    (errors.Stale("lead", "l1", 7), "ABORTED"),
    (RepFull(), "FAILED_PRECONDITION"),
    (errors.NotInThisProfile("MoveClock"), "FAILED_PRECONDITION"),
    (errors.Unreachable("pipeline", 2.5), "UNAVAILABLE"),
    (errors.DeadlineExceeded("pipeline"), "DEADLINE_EXCEEDED"),
    (errors.Unauthenticated("no token"), "UNAUTHENTICATED"),
    (errors.PersonUnknown("u-1"), "UNAUTHENTICATED"),
    (errors.Forbidden("lead.read"), "PERMISSION_DENIED"),
    (errors.InFlight("k1"), "ABORTED"),
    (errors.KeyReused("k1"), "INVALID_ARGUMENT"),
    (errors.Exhausted(0.25), "RESOURCE_EXHAUSTED"),
]


@pytest.mark.parametrize(("error", "code"), ALL, ids=lambda value: getattr(value, "reason", None))
def test_an_error_comes_back_from_its_status_as_it_was(error: ThroughlineError, code: str) -> None:
    status = to_status(error)

    back = from_status(status, "pipeline")

    assert grpc.StatusCode[code].value[0] == status.code
    assert isinstance(error, type(back))
    assert (back.reason, back.metadata, back.message) == (error.reason, error.metadata, error.message)
    assert vars(back).get("violations") == vars(error).get("violations")
    assert vars(back).get("retry_after_s") == vars(error).get("retry_after_s")


def test_every_class_of_errors_is_in_the_table_above() -> None:
    def family(base: type[ThroughlineError]) -> set[type[ThroughlineError]]:
        here = {found for found in base.__subclasses__() if found.__module__ == "chassis.errors"}
        return here.union(*(family(found) for found in here))

    covered = {type(error) for error, _ in ALL} | {errors.Refused}

    assert family(ThroughlineError) == {kind for kind in covered if kind.__module__ == "chassis.errors"}


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("error", [error for error, _ in ALL], ids=lambda error: error.reason)
def test_every_status_says_it_in_the_callers_language_without_a_hole(error: ThroughlineError, locale: str) -> None:
    status = to_status(error, chosen_locale(locale))

    message = _detail(status, error_details_pb2.LocalizedMessage)
    assert message.locale == locale
    assert message.message
    assert "…" not in message.message
    assert "{" not in message.message


def test_a_fault_of_ours_shows_nothing_of_itself() -> None:
    for fault in (KeyError("password=hunter2"), ThroughlineError("password=hunter2", secret="hunter2")):
        status = to_status(fault)

        assert code_of(fault) is grpc.StatusCode.INTERNAL
        assert status.message == FIXED_SENTENCE
        assert b"hunter2" not in status.SerializeToString()
        assert _detail(status, error_details_pb2.ErrorInfo).reason == "INTERNAL"


def test_an_invalid_request_lists_every_fault_with_field_reason_and_description() -> None:
    status = to_status(ALL[0][0])

    bad = _detail(status, error_details_pb2.BadRequest)
    assert [(fault.field, fault.reason, fault.description) for fault in bad.field_violations] == [
        ("name", "string.min_len", "too short"),
        ("age", "int.gte", "neg"),
    ]


def test_a_refusal_names_the_precondition_and_a_missing_thing_its_resource() -> None:
    refused = _detail(to_status(RepFull()), error_details_pb2.PreconditionFailure)
    missing = _detail(to_status(errors.NotFound("lead", "l1")), error_details_pb2.ResourceInfo)

    assert [(v.type, v.subject) for v in refused.violations] == [("REP_FULL", "r1")]
    assert (missing.resource_type, missing.resource_name) == ("lead", "l1")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, errors.Unreachable),
        (grpc.StatusCode.CANCELLED, errors.Unreachable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, errors.DeadlineExceeded),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, errors.Exhausted),
        (grpc.StatusCode.UNAUTHENTICATED, errors.Unauthenticated),
        (grpc.StatusCode.UNKNOWN, ThroughlineError),
        (grpc.StatusCode.UNIMPLEMENTED, ThroughlineError),
    ],
)
def test_a_status_that_is_not_ours_keeps_its_meaning(code: grpc.StatusCode, kind: type[ThroughlineError]) -> None:
    error = from_status(status_pb2.Status(code=code.value[0], message="said by a proxy"), "pipeline")

    assert type(error) is kind


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "zh-CN"),
        ("en", "en"),
        ("en-GB,zh;q=0.5", "en"),
        ("zh-TW", "zh-CN"),
        ("fr, en;q=0.8, zh;q=0.9", "zh-CN"),
        ("de", "zh-CN"),
        ("en;q=0, zh", "zh-CN"),
        ("en;q=nonsense", "zh-CN"),
    ],
)
def test_the_language_is_the_best_of_ours_that_the_caller_wants(header: str, locale: str) -> None:
    assert chosen_locale(header) == locale


def _detail(status: status_pb2.Status, kind: type[Detail]) -> Detail:
    found = kind()
    (packed,) = [detail for detail in status.details if detail.TypeName() == kind.DESCRIPTOR.full_name]
    packed.Unpack(found)
    return found
