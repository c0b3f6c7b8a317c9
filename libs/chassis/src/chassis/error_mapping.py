"""Domain errors as gRPC statuses, and statuses of other services as domain errors again.

Every status carries ErrorInfo (AIP-193) and a sentence in the caller's language; a class of errors adds the detail
that suits it. What is not a domain error becomes INTERNAL with a fixed sentence: its text is for our logs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2

from chassis import errors
from chassis.error_texts import DEFAULT_LOCALE, Locale, text

Detail = TypeVar("Detail", bound=Message)

DOMAIN = "throughline"
FIXED_SENTENCE = "Something went wrong on our side; it is in our logs."
_DETAILS_KEY = "grpc-status-details-bin"

# The first class that fits decides, so subclasses stand before their bases.
_CODES: tuple[tuple[type[errors.ThroughlineError], grpc.StatusCode], ...] = (
    (errors.Invalid, grpc.StatusCode.INVALID_ARGUMENT),
    (errors.KeyReused, grpc.StatusCode.INVALID_ARGUMENT),
    (errors.NotFound, grpc.StatusCode.NOT_FOUND),
    (errors.AlreadyExists, grpc.StatusCode.ALREADY_EXISTS),
    (errors.Stale, grpc.StatusCode.ABORTED),
    (errors.InFlight, grpc.StatusCode.ABORTED),
    (errors.Refused, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.DeadlineExceeded, grpc.StatusCode.DEADLINE_EXCEEDED),
    (errors.Unreachable, grpc.StatusCode.UNAVAILABLE),
    (errors.Unauthenticated, grpc.StatusCode.UNAUTHENTICATED),
    (errors.Forbidden, grpc.StatusCode.PERMISSION_DENIED),
    (errors.Exhausted, grpc.StatusCode.RESOURCE_EXHAUSTED),
)

_CLASSES: Mapping[grpc.StatusCode, type[errors.ThroughlineError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.Invalid,
    grpc.StatusCode.NOT_FOUND: errors.NotFound,
    grpc.StatusCode.ALREADY_EXISTS: errors.AlreadyExists,
    grpc.StatusCode.ABORTED: errors.Stale,
    grpc.StatusCode.FAILED_PRECONDITION: errors.Refused,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
    grpc.StatusCode.UNAVAILABLE: errors.Unreachable,
    grpc.StatusCode.UNAUTHENTICATED: errors.Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: errors.Forbidden,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.Exhausted,
}

# Where several classes share a status, the reason tells them apart.
_CLASSES_BY_REASON: Mapping[str, type[errors.ThroughlineError]] = {
    known.reason: known for known in (errors.KeyReused, errors.InFlight, errors.PersonUnknown)
}


def code_of(error: BaseException) -> grpc.StatusCode:
    """The status that a caller sees for this error."""
    return next((code for known, code in _CODES if isinstance(error, known)), grpc.StatusCode.INTERNAL)


def to_status(error: BaseException, locale: Locale = DEFAULT_LOCALE) -> status_pb2.Status:
    """The status of an error, with all details. Of an error that is not ours, nothing but INTERNAL crosses the wire."""
    code = code_of(error)
    if not isinstance(error, errors.ThroughlineError) or code is grpc.StatusCode.INTERNAL:
        error = errors.ThroughlineError(FIXED_SENTENCE)
    packed: list[Message] = [details.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=dict(error.metadata))]
    localized = text(error.reason, error.metadata, locale)
    if localized:
        packed.append(details.LocalizedMessage(locale=locale, message=localized))
    packed += _details(error)
    status = status_pb2.Status(code=code.value[0], message=error.message)
    for detail in packed:
        status.details.add().Pack(detail)
    return status


def _details(error: errors.ThroughlineError) -> list[Message]:
    match error:
        case errors.Invalid():
            faults = [
                details.BadRequest.FieldViolation(field=fault.field, description=fault.message, reason=fault.reason)
                for fault in error.violations
            ]
            return [details.BadRequest(field_violations=faults)]
        case errors.NotFound() | errors.AlreadyExists():
            kind, name = error.metadata.get("kind", ""), error.metadata.get("id", "")
            return [details.ResourceInfo(resource_type=kind, resource_name=name, description=error.message)]
        case errors.Refused():
            subject = next(iter(error.metadata.values()), "")
            violation = details.PreconditionFailure.Violation(
                type=error.reason, subject=subject, description=error.message
            )
            return [details.PreconditionFailure(violations=[violation])]
        case errors.Unreachable() | errors.Exhausted():
            delay = Duration()
            delay.FromMilliseconds(round(error.retry_after_s * 1000))
            return [details.RetryInfo(retry_delay=delay)]
        case _:
            return []


def from_rpc_error(error: grpc.aio.AioRpcError, dependency: str = "") -> errors.ThroughlineError:
    """The domain error for a failed call of another service, named `dependency`.

    A service that is down or late is `Unreachable`; an answer without our details keeps the meaning of its status.
    """
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            return from_status(status_pb2.Status.FromString(value), dependency)
    return _foreign(error.code(), error.details() or "", dependency)


def from_status(status: status_pb2.Status, dependency: str = "") -> errors.ThroughlineError:
    """The domain error that `to_status` made the status of: its base class with `reason`, `metadata` and details."""
    code = next((known for known in grpc.StatusCode if known.value[0] == status.code), grpc.StatusCode.UNKNOWN)
    info = _unpacked(status.details, details.ErrorInfo)
    if info is None or info.domain != DOMAIN:
        return _foreign(code, status.message, dependency)
    chosen = _CLASSES_BY_REASON.get(info.reason) or _CLASSES.get(code, errors.ThroughlineError)
    error = chosen.__new__(chosen)
    errors.ThroughlineError.__init__(error, status.message, **dict(info.metadata))
    error.reason = info.reason
    _restore(error, status.details)
    return error


def _foreign(code: grpc.StatusCode, message: str, dependency: str) -> errors.ThroughlineError:
    """An answer that our server did not make: the channel's own, or a proxy's."""
    match code:
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            return errors.Unreachable(dependency)
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return errors.DeadlineExceeded(dependency)
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return errors.Exhausted(1.0)
        case grpc.StatusCode.UNAUTHENTICATED:
            return errors.Unauthenticated(message)
        case _:
            return errors.ThroughlineError(f"{dependency} answered {code.name}: {message}")


def _restore(error: errors.ThroughlineError, packed: Iterable[Any]) -> None:
    if isinstance(error, errors.Invalid):
        bad = _unpacked(packed, details.BadRequest) or details.BadRequest()
        error.violations = tuple(
            errors.Violation(fault.field, fault.reason, fault.description) for fault in bad.field_violations
        )
    if isinstance(error, errors.Unreachable | errors.Exhausted):
        retry = _unpacked(packed, details.RetryInfo)
        error.retry_after_s = retry.retry_delay.ToMilliseconds() / 1000 if retry else 1.0


def _unpacked(packed: Iterable[Any], kind: type[Detail]) -> Detail | None:
    for detail in packed:
        if detail.TypeName() == kind.DESCRIPTOR.full_name:
            found = kind()
            detail.Unpack(found)
            return found
    return None
