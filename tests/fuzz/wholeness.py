"""Whether a suite is as it should be after it was sent whatever one can think of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from embedded.services import OPERATOR, SERVICES
from embedded.suite import Suite

from .company import Company

_PATIENCE_S = 120.0
_LOG_LINES = 1_000_000
_LAST_WORDS = 40
_BUGS = frozenset({"call_failed", "request_failed"})
"""How services log what they answer by INTERNAL or 500."""


def faults(suite: Suite, company: Company) -> Iterator[str]:
    """Everything that is wrong; nothing where the suite came to rest, lost nothing and parked nothing."""
    with httpx.Client(base_url=suite.endpoints().http, timeout=_PATIENCE_S) as http:
        ask = _Asking(http, company)
        # A fuzzed move of one service's clock may have left its timers held; a move of all lets them go on.
        ask("POST", "/v1/clock:forward", OPERATOR, {"by": "1s"})
        if (gap := ask("GET", "/v1/leads:conservation", "director")["gap"]) != "0":
            yield f"{gap} leads are in no state or in two"
        for service in SERVICES:
            for letter in ask("GET", f"/v1/operations/{service}/dead-letters", OPERATOR)["dead_letters"]:
                yield f"{service} parked {letter['event_type']}: {letter['fault']}"
            audit = ask("GET", f"/v1/operations/{service}/audit:verify", OPERATOR)
            if not audit["valid"]:
                yield f"{service}: the audit is broken: {audit['fault']}"
    for process in suite.status().processes:
        if process.state != "ready" or process.restarts:
            last_words = _last_words(suite, process.name) if process.name in SERVICES else ""
            yield f"{process.name} is {process.state} and was started again {process.restarts} times\n{last_words}"


def _last_words(suite: Suite, service: str) -> str:
    """What it wrote that is no log entry: how Python ends on an exception that nobody caught."""
    lines = [line.text for line in suite.logs([service], lines=_LOG_LINES) if not _parsed(line.text)]
    return "\n".join(lines[-_LAST_WORDS:])


def logged_bugs(suite: Suite) -> dict[str, str]:
    """The failures that services called their own fault, by where they stand, with the end of the first such trace."""
    found: dict[str, str] = {}
    for line in suite.logs(SERVICES, lines=_LOG_LINES):
        entry = _parsed(line.text)
        if entry.get("event") in _BUGS:
            where = str(entry.get("method") or entry.get("route"))
            found.setdefault(f"{line.name} {where}", str(entry.get("exception", entry))[-1500:])
    return found


def _parsed(line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


class _Asking:
    def __init__(self, http: httpx.Client, company: Company) -> None:
        self._http = http
        self._company = company

    def __call__(self, method: str, path: str, role: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, headers=self._company.headers(role), json=body)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()
