"""A gateway in memory that keeps the contract of imports, tokens and lists, and can be told to fail."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

Json = dict[str, Any]
Answer = Callable[[httpx.Request, Json], httpx.Response | None]

URL = "http://gateway.test"


@dataclass
class FakeGateway:
    """Serves requests as `httpx.MockTransport` hands them over.

    Attributes:
        most_chars: a longer company name breaks the contract, for a whole request.
        before: is asked first; may answer, raise, or give None to let the request pass.
    """

    most_chars: int = 20
    before: Answer = lambda request, body: None
    requests: list[tuple[str, str, Json]] = field(default_factory=list)
    imports: dict[str, Json] = field(default_factory=dict)
    rows: dict[str, dict[int, Json]] = field(default_factory=dict)
    answers: dict[str, tuple[Json, Json]] = field(default_factory=dict)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.serve)

    def serve(self, request: httpx.Request) -> httpx.Response:
        body = _body(request)
        self.requests.append((request.method, request.url.path, body))
        if (answer := self.before(request, body)) is not None:
            return answer
        path = request.url.path
        if path.startswith("/oauth/"):
            return httpx.Response(
                200, json={"access_token": f"token of {body.get('subject', 'operator')}", "expires_in": 3600}
            )
        if kept := self.answers.get(body.get("request_id", "")):
            same = kept[0] == body
            return httpx.Response(200, json=kept[1]) if same else problem(422, "KEY_REUSED", "another request")
        if path.startswith("/v1/lead-imports"):
            return self._imports(request, path.removeprefix("/v1/lead-imports"), body)
        return problem(404, "NOT_FOUND", "nothing here")

    def paths(self) -> list[str]:
        """The paths that were asked for, without those of tokens."""
        return [path for _, path, _ in self.requests if not path.startswith("/oauth/")]

    def sent(self, ending: str) -> list[Json]:
        """The bodies that came to paths with this ending."""
        return [body for _, path, body in self.requests if path.endswith(ending)]

    def _imports(self, request: httpx.Request, rest: str, body: Json) -> httpx.Response:
        if not rest:
            return self._answer(body, {"import": self._state(self._start(body))})
        import_id, _, verb = rest.removeprefix("/").replace("/rows", ":list").partition(":")
        if import_id not in self.imports:
            return problem(404, "NOT_FOUND", f"no import {import_id}")
        if verb == "undo":
            self.imports[import_id]["state"] = "UNDONE"
        elif verb in {"rows", "finish"}:
            return self._take(import_id, body) if verb == "rows" else self._finish(import_id, body)
        elif verb == "list":
            return self._list(import_id, request)
        return httpx.Response(200, json={"import": self._state(import_id)})

    def _start(self, body: Json) -> str:
        for import_id, known in self.imports.items():
            if (known["digest"], known["dry_run"]) == (body["digest"], body["dry_run"]):
                return import_id
        import_id = str(uuid.uuid4())
        names = ("file_name", "digest", "dry_run")
        self.imports[import_id] = {"import_id": import_id, "state": "OPEN", **{name: body[name] for name in names}}
        self.rows[import_id] = {}
        return import_id

    def _take(self, import_id: str, body: Json) -> httpx.Response:
        faults = [
            {"field": f"rows[{place}].submission.identity.company", "reason": "string.max_len", "message": "too long"}
            for place, row in enumerate(body["rows"])
            if len(_company(row)) > self.most_chars
        ]
        if faults:
            return problem(400, "INVALID_REQUEST", "the request is invalid", faults)
        known = self.rows[import_id]
        for row in body["rows"]:
            known.setdefault(int(row["row_number"]), _outcome(row))
        return self._answer(body, {"outcomes": [known[int(row["row_number"])] for row in body["rows"]]})

    def _finish(self, import_id: str, body: Json) -> httpx.Response:
        if int(body["rows"]) != len(self.rows[import_id]):
            return problem(400, "INVALID_REQUEST", "rows are missing", [{"field": "rows", "message": "gap"}])
        self.imports[import_id]["state"] = "FINISHED"
        return self._answer(body, {"import": self._state(import_id)})

    def _list(self, import_id: str, request: httpx.Request) -> httpx.Response:
        asked = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        rows = [row for _, row in sorted(self.rows[import_id].items()) if row["outcome"] == asked["outcome"]]
        start = int(asked.get("page_token", 0))
        more = str(start + 2) if start + 2 < len(rows) else ""
        return httpx.Response(200, json={"outcomes": rows[start : start + 2], "next_page_token": more})

    def _state(self, import_id: str) -> Json:
        rows = self.rows[import_id]
        next_row = next(number for number in range(1, len(rows) + 2) if number not in rows)
        counts = {
            name: sum(row["outcome"] == name.upper() for row in rows.values())
            for name in ("created", "joined", "rejected")
        }
        return {
            **self.imports[import_id],
            **{name: str(count) for name, count in counts.items()},
            "rows": str(len(rows)),
            "next_row": str(next_row),
            "undone": "0",
            "kept": "0",
            "started_at": "2026-03-02T01:00:00Z",
        }

    def _answer(self, body: Json, answer: Json) -> httpx.Response:
        self.answers[body["request_id"]] = body, answer
        return httpx.Response(200, json=answer)


def problem(status: int, reason: str, detail: str, violations: list[Json] | None = None) -> httpx.Response:
    """A problem as the gateway writes it."""
    body = {"title": detail, "status": status, "detail": detail, "reason": reason, "violations": violations or []}
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})


def _company(row: Json) -> str:
    company: str = (row.get("submission") or {}).get("identity", {}).get("company", "")
    return company


def _outcome(row: Json) -> Json:
    number = row["row_number"]
    if row.get("fault"):
        return {
            "row_number": number,
            "outcome": "REJECTED",
            "lead_id": "",
            "reason": "INVALID_ROW",
            "detail": row["fault"],
        }
    outcome = "JOINED" if _company(row).startswith("重") else "CREATED"
    return {"row_number": number, "outcome": outcome, "lead_id": f"lead-{number}", "reason": "", "detail": ""}


def _body(request: httpx.Request) -> Json:
    content = request.content.decode()
    if "form" in request.headers.get("content-type", ""):
        return {name: values[0] for name, values in parse_qs(content).items()}
    return dict(json.loads(content)) if content else {}
