"""What the gateway itself refuses, before any service is asked."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.errors import Invalid, NotFound, ThroughlineError, Violation


class VersionRequired(ThroughlineError):
    """The call changes a resource, and nothing says which version of it the caller saw (428)."""

    reason = "VERSION_REQUIRED"

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} needs the version that you saw, as If-Match or in the body.", kind=kind)


class TooLarge(ThroughlineError):
    """The body, or one line of a stream, is larger than allowed (413)."""

    reason = "TOO_LARGE"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body may have at most {limit_bytes} bytes.", limit_bytes=limit_bytes)


class UnsupportedMediaType(ThroughlineError):
    """The body is of a type that this address does not read (415)."""

    reason = "UNSUPPORTED_MEDIA_TYPE"

    def __init__(self, expected: str) -> None:
        super().__init__(f"The body must be {expected}.", expected=expected)


class MethodNotAllowed(ThroughlineError):
    """The address exists, but not for this HTTP method (405)."""

    reason = "METHOD_NOT_ALLOWED"

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = tuple(sorted(allowed))
        super().__init__(f"This address takes {', '.join(self.allowed)}.", allowed=self.allowed)


class RangeNotSatisfiable(ThroughlineError):
    """The range lies outside of the content (416)."""

    reason = "RANGE_NOT_SATISFIABLE"

    def __init__(self, size: int) -> None:
        super().__init__(f"The range lies outside of the content, which has {size} bytes.", size=size)
        self.size = size


class NoSuchAddress(NotFound):
    """Nothing is served under this path (404)."""

    def __init__(self, path: str) -> None:
        super().__init__("address", path[:200])


class Malformed(Invalid):
    """The body is no JSON (400); says where it stops being so."""

    def __init__(self, message: str, line: int, column: int) -> None:
        place = f"at line {line}, column {column}"
        super().__init__(
            [Violation("", "json.malformed", f"{message} {place}")], f"The body is no JSON: {message} {place}."
        )
