"""How a command ends when it cannot do what it was asked: the exit status, and what a person reads.

| status | meaning |
|---|---|
| 0 | done |
| 1 | the suite refused it, or failed |
| 2 | the command line is wrong |
| 3 | the suite is down or does not answer; a retry may help |
| 4 | not signed in, or not allowed |
| 5 | no such thing |
| 6 | its state or version forbids it now |
| 7 | a file, a mapping or a backup cannot be read |
| 8 | the import is done, and some rows were refused |
| 130 | interrupted |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

import httpx


class Exit(IntEnum):
    """Exit statuses, as the table above says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    FORBIDDEN = 4
    NOT_FOUND = 5
    CONFLICT = 6
    UNREADABLE = 7
    ROWS_REFUSED = 8
    INTERRUPTED = 130


_BY_HTTP_STATUS = {
    401: Exit.FORBIDDEN,
    403: Exit.FORBIDDEN,
    404: Exit.NOT_FOUND,
    409: Exit.CONFLICT,
    412: Exit.CONFLICT,
    429: Exit.UNREACHABLE,
    502: Exit.UNREACHABLE,
    503: Exit.UNREACHABLE,
    504: Exit.UNREACHABLE,
}


class Failure(Exception):
    """The command cannot go on. Carries a key of the catalogue and the values of its placeholders."""

    def __init__(
        self,
        key: str,
        exit_status: Exit = Exit.FAILED,
        values: Mapping[str, object] | None = None,
        *,
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(key, values)
        self.key = key
        self.exit_status = exit_status
        self.values = dict(values or {})
        self.details = tuple(details)

    def as_json(self, message: str) -> dict[str, Any]:
        """What `--json` shows of it."""
        return {
            "reason": self.key,
            "detail": message,
            "violations": list(self.details),
            "exit_status": int(self.exit_status),
        }


class Problem(Failure):
    """The gateway answered with a problem (RFC 9457)."""

    def __init__(
        self, status: int, body: Mapping[str, Any], method: str, path: str, *, retry_after_s: float = 0
    ) -> None:
        self.status = status
        self.retry_after_s = retry_after_s
        self.body = dict(body)
        self.reason = str(body.get("reason") or "")
        self.metadata: Mapping[str, str] = body.get("metadata") or {}
        self.violations: Sequence[Mapping[str, str]] = body.get("violations") or ()
        title = body.get("detail") or body.get("title") or f"HTTP {status}"
        super().__init__(
            "failure.problem",
            _BY_HTTP_STATUS.get(status, Exit.FAILED),
            {"title": title, "reason": self.reason or status, "call": f"{method} {path}"},
            details=[_violation_line(violation) for violation in self.violations],
        )

    @classmethod
    def of(cls, response: httpx.Response) -> Problem:
        """The problem that an answer carries; one is made up where a proxy answered with something else."""
        try:
            body = response.json()
        except ValueError:
            body = {}
        request = response.request
        after = response.headers.get("retry-after", "")
        return cls(
            response.status_code,
            body if isinstance(body, dict) else {},
            request.method,
            request.url.path,
            retry_after_s=float(after) if after.isdecimal() else 0,
        )

    def as_json(self, message: str) -> dict[str, Any]:
        """The problem as it came, with the exit status."""
        return {**self.body, "exit_status": int(self.exit_status)} if self.body else super().as_json(message)


def _violation_line(violation: Mapping[str, str]) -> str:
    message = violation.get("message") or violation.get("reason") or ""
    field = violation.get("field") or ""
    return f"{field}: {message}" if field else message
