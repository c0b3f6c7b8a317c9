"""What can go wrong, in words that know no transport.

A domain error is a subclass of one of these with a `reason` of its own. The gRPC interceptor and the gateway translate
them; the table of statuses stands in `docs/errors.md`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Metadata = str | int | float | bool | Sequence[str]


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of one field."""

    field: str
    """Path of the field, for example `submission.identity.phone`."""
    reason: str
    """Stable code, for example `string.max_len`."""
    message: str
    """What is wrong, in English."""


class ThroughlineError(Exception):
    """Base of all errors that a caller may see.

    Every value in the message stands in `metadata` too, so that texts in other languages can be built from it.
    """

    reason = "INTERNAL"

    def __init__(self, message: str, **metadata: Metadata) -> None:
        super().__init__(message)
        self.message = message
        self.metadata: Mapping[str, str] = {key: _text(value) for key, value in metadata.items()}


class Invalid(ThroughlineError):
    """Fields hold values that can never be right. Lists all of them, not only the first."""

    reason = "INVALID_REQUEST"

    def __init__(self, violations: Sequence[Violation], message: str = "", **metadata: Metadata) -> None:
        self.violations = tuple(violations)
        listed = "; ".join(f"{fault.field}: {fault.message}" for fault in self.violations)
        super().__init__(message or f"Invalid request: {listed}.", **metadata)


class NotFound(ThroughlineError):
    """No such resource for this caller. A foreign one looks the same as a missing one."""

    reason = "NOT_FOUND"

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"No {kind} {id}.", kind=kind, id=id)


class AlreadyExists(ThroughlineError):
    """A resource with this identity is there already."""

    reason = "ALREADY_EXISTS"

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"{kind} {id} exists already.", kind=kind, id=id)


class Stale(ThroughlineError):
    """The caller saw an older version of the resource."""

    reason = "STALE_VERSION"

    def __init__(self, kind: str, id: str, current_version: int) -> None:
        super().__init__(
            f"{kind} {id} has changed; its version is {current_version}.",
            kind=kind,
            id=id,
            current_version=current_version,
        )


class Refused(ThroughlineError):
    """The state of a resource forbids the move now."""

    reason = "REFUSED"


class Unreachable(ThroughlineError):
    """A dependency does not answer. A retry may help."""

    reason = "UNREACHABLE"

    def __init__(self, dependency: str, retry_after_s: float = 1.0) -> None:
        super().__init__(f"{dependency} does not answer.", dependency=dependency)
        self.retry_after_s = retry_after_s


class DeadlineExceeded(Unreachable):
    """The time for an answer ran out; whether the call took effect is told by a repeat under the same key."""

    reason = "DEADLINE_EXCEEDED"

    def __init__(self, dependency: str = "") -> None:
        ThroughlineError.__init__(self, "The deadline passed before the work was done.")
        self.dependency = dependency
        self.retry_after_s = 1.0


class Unauthenticated(ThroughlineError):
    """No token, or one that does not verify."""

    reason = "UNAUTHENTICATED"

    def __init__(self, detail: str) -> None:
        super().__init__(f"Not authenticated: {detail}.", detail=detail)


class PersonUnknown(Unauthenticated):
    """The token is genuine, but its subject is no active person of the tenant."""

    reason = "PERSON_UNKNOWN"

    def __init__(self, subject: str) -> None:
        ThroughlineError.__init__(self, f"{subject} is no active person of the tenant.", subject=subject)


class Forbidden(ThroughlineError):
    """The caller's roles do not allow it."""

    reason = "FORBIDDEN"

    def __init__(self, permission: str) -> None:
        super().__init__(f"Your roles do not allow {permission}.", permission=permission)


class InFlight(ThroughlineError):
    """A request with the same idempotency key is still running."""

    reason = "IN_FLIGHT"

    def __init__(self, key: str) -> None:
        super().__init__(f"A request under key {key} is still running.", key=key)


class KeyReused(ThroughlineError):
    """The idempotency key was used with another request."""

    reason = "KEY_REUSED"

    def __init__(self, key: str) -> None:
        super().__init__(f"Key {key} was used with another request.", key=key)


class Exhausted(ThroughlineError):
    """Too much at this moment."""

    reason = "EXHAUSTED"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"Too many requests; come again in {retry_after_s:g} s.", retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class NotInThisProfile(Refused):
    """The call does not exist in this profile."""

    reason = "NOT_IN_THIS_PROFILE"

    def __init__(self, call: str) -> None:
        super().__init__(f"{call} does not exist in this profile.", call=call)


def _text(value: Metadata) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return ", ".join(value)
