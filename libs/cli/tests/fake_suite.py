"""A whole suite in memory, as far as the demo sees it: people, reps, leads, follow-ups, and a clock that moves on."""

from __future__ import annotations

import json
import re
import threading
import unicodedata
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from throughline_cli.demo.messages import utc

from .fake_gateway import problem

Json = dict[str, Any]

_NIGHT_HOURS_UTC = range(12, 24)


class FakeSuite:
    """Serves requests as `httpx.MockTransport` hands them over.

    Leads that come at night wait until the morning. A lead with the phone of another is joined. Breaks down after
    `breaks_after` commands, once.
    """

    def __init__(self, now: datetime, *, breaks_after: int | None = None) -> None:
        self.now = now
        self.breaks_after = breaks_after
        self.people: dict[str, Json] = {}
        self.leads: dict[str, Json] = {}
        self.follow_ups: list[Json] = []
        self.summaries: list[Json] = []
        self.reps: set[str] = set()
        self.effects: Counter[str] = Counter()
        self._answers: dict[str, tuple[Json, Json]] = {}
        self._created_at: datetime | None = None
        self._policies = 0
        self._lock = threading.Lock()

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.serve)

    def serve(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/oauth/"):
            form = httpx.QueryParams(request.content.decode())
            token = form.get("subject") or "operator"
            return httpx.Response(200, json={"access_token": token, "expires_in": 3600})
        body: Json = json.loads(request.content) if request.content else {}
        caller = request.headers["authorization"].removeprefix("Bearer ")
        with self._lock:
            return self._once(request, body, caller)

    def _once(self, request: httpx.Request, body: Json, caller: str) -> httpx.Response:
        key = body.get("request_id", "")
        if kept := self._answers.get(key):
            same = kept[0] == body
            return httpx.Response(200, json=kept[1]) if same else problem(422, "KEY_REUSED", "another request")
        if key and self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                self.breaks_after = None
                return problem(500, "INTERNAL", "broken")
        answer = self._route(request, body, caller)
        if isinstance(answer, httpx.Response):
            return answer
        if key:
            self.effects[key] += 1
            self._answers[key] = body, answer
        return httpx.Response(200, json=answer)

    def _route(self, request: httpx.Request, body: Json, caller: str) -> Json | httpx.Response:
        first, *rest = request.url.path.removeprefix("/v1/").split("/")
        thing = rest[0] if rest else ""
        routes: dict[tuple[str, str, bool], Callable[[], Json | httpx.Response]] = {
            ("POST", "clock:forward", False): lambda: self._forward(body["by"]),
            ("POST", "clock:settle", False): lambda: self._forward("0s"),
            ("POST", "leads", False): lambda: self._submit(body["submission"]),
            ("POST", "leads", True): lambda: self._end(thing, caller) if ":" in thing else self._summary(body),
            ("GET", "leads", False): lambda: self._list(request.url.params.get_list("states")),
            ("GET", "leads", True): lambda: {"lead": self.leads[thing]},
            ("POST", "follow-ups", False): lambda: self._follow_up(body, caller),
            ("POST", "tenants", False): self._make_tenant,
            ("GET", "tenant", False): lambda: {"tenant": {"created_at": utc(self._created_at or self.now)}},
            ("POST", "directory:import", False): lambda: self._take_people(body["people"]),
            ("GET", "people", False): lambda: {"people": list(self.people.values()), "next_page_token": ""},
            ("GET", "reps", False): lambda: {"reps": [{"rep_id": rep, "version": "1"} for rep in self.reps]},
            ("PUT", "reps", True): lambda: self._put_rep(thing),
            ("GET", "routing-policies", True): lambda: {"policy": {"version": self._policies}},
            ("POST", "routing-policies:publish", False): self._publish,
            ("POST", "calendar:putDays", False): dict,
            ("GET", "first-contact-settings", False): lambda: {"settings": {"version": "1"}},
        }
        return routes[request.method, first, bool(rest)]()

    def _forward(self, by: str) -> Json:
        self.now += timedelta(seconds=float(by.removesuffix("s")))
        if self.now.hour not in _NIGHT_HOURS_UTC:
            for lead in self.leads.values():
                if lead["state"] == "WAITING":
                    self._assign(lead)
        return {"business_now": utc(self.now), "steps": 1}

    def _put_rep(self, rep_id: str) -> Json:
        self.reps.add(rep_id)
        return {"rep": {}}

    def _make_tenant(self) -> Json | httpx.Response:
        if self._created_at is not None:
            return problem(409, "ALREADY_EXISTS", "there is one")
        self._created_at = self.now
        return {"tenant": {}}

    def _publish(self) -> Json:
        self._policies += 1
        return {"policy": {"version": self._policies}}

    def _list(self, states: list[str]) -> Json:
        found = [lead for lead in self.leads.values() if not states or lead["state"] in states]
        return {"leads": found, "next_page_token": ""}

    def _take_people(self, rows: list[Json]) -> Json:
        for row in rows:
            person_id = str(uuid.uuid5(uuid.NAMESPACE_OID, row["employee_no"]))
            self.people[person_id] = {**row, "person_id": person_id, "team_id": row["team"], "supervisor_id": ""}
        return {"people_created": len(self.people)}

    def _submit(self, submission: Json) -> Json | httpx.Response:
        identity, origin = submission["identity"], submission["origin"]
        if not origin["source"] or submission["profile"]["segment"] not in {None, "KA", "SMB"}:
            return problem(400, "INVALID_REQUEST", "no", [{"field": "submission", "message": "is faulty"}])
        phone = _digits(identity["phone"])
        twin = next((lead for lead in self.leads.values() if lead["phone"] == phone != ""), None)
        if twin is not None:
            join = {"lead_id": twin["lead_id"], "reasons": ["PHONE_MOBILE_EQUAL"], "owner_id": twin["owner_id"]}
            return {"outcome": "JOINED", "lead": twin, "receipt": None, "join": join}
        lead_id = str(uuid.uuid4())
        lead: Json = {
            "lead_id": lead_id,
            "version": "1",
            "state": "WAITING",
            "owner_id": "",
            "assigned_at": None,
            "last_follow_up_at": None,
            "origin": origin,
            "phone": phone,
            "received_at": utc(self.now),
        }
        self.leads[lead_id] = lead
        if self.now.hour not in _NIGHT_HOURS_UTC:
            self._assign(lead)
        return {"outcome": "CREATED", "lead": dict(lead), "receipt": {"lead_id": lead_id, "decision_us": "900"}}

    def _assign(self, lead: Json) -> None:
        reps = sorted(self.reps)
        owner = reps[len(self.leads) % len(reps)]
        lead |= {"state": "ASSIGNED", "owner_id": owner, "assigned_at": utc(self.now)}

    def _follow_up(self, body: Json, caller: str) -> Json | httpx.Response:
        lead = self.leads[body["lead_id"]]
        if self.people[lead["owner_id"]]["subject"] != caller:
            return problem(404, "NOT_FOUND", "not yours")
        if lead["state"] != "ASSIGNED":
            return problem(409, "LEAD_CLOSED", "over")
        at = datetime.fromisoformat(body["occurred_at"]).astimezone(UTC)
        if at > self.now:
            return problem(400, "INVALID_REQUEST", "the future", [{"field": "occurred_at", "message": "lies ahead"}])
        lead["last_follow_up_at"] = body["occurred_at"]
        self.follow_ups.append(body)
        return {"follow_up": body}

    def _summary(self, body: Json) -> Json:
        self.summaries.append(body)
        return {"summary": body}

    def _end(self, thing: str, caller: str) -> Json | httpx.Response:
        lead_id, _, verb = thing.partition(":")
        lead = self.leads[lead_id]
        if self.people[lead["owner_id"]]["subject"] != caller:
            return problem(404, "NOT_FOUND", "not yours")
        if lead["state"] != "ASSIGNED":
            return problem(409, "LEAD_STATE_FORBIDS", "over")
        lead["state"] = {"close": "CLOSED", "convert": "CONVERTED"}[verb]
        return {"lead": lead, "conversion": {"state": "DONE"}}


def _digits(phone: str) -> str:
    """The last eleven digits, however they are written."""
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))[-11:]
