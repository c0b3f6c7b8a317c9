"""A small company on a running suite, and callers that ask its services through the gateway and note what fails."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from chassis.ids import new_id
from embedded.plan import Endpoints

_PATIENCE_S = 60
_BECOMING_KNOWN = (401, 403, 404, 503)
"""What somebody is answered who was made a moment ago and is not known everywhere yet."""


@dataclass
class SuiteCallers:
    """What they were answered, by kind of call."""

    http: httpx.AsyncClient
    token: str
    rep_id: str
    lead_id: str = ""
    answered: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    is_over: bool = False

    @classmethod
    async def found(cls, http: httpx.AsyncClient, endpoints: Endpoints) -> SuiteCallers:
        """Founds a tenant with a director and a rep, by the calls that an operator makes."""
        client, tenant = (endpoints.client_id, endpoints.client_secret), new_id()

        async def token(url: str, **form: str) -> str:
            answer = (await http.post(url, data=form, auth=client)).raise_for_status()
            return str(answer.json()["access_token"])

        operator = await token(endpoints.token_url, grant_type="client_credentials")
        await _until_known(http, "POST", "/v1/tenants", operator, {
            "tenant_id": tenant, "name": "Upgraded", "admin_subject": "boss", "admin_name": "Boss",
        })  # fmt: skip
        boss = await token(f"{endpoints.http}/oauth/token:person", tenant_id=tenant, subject="boss")
        team = {"team": "sales", "parent_team": "", "leader_employee_no": "1", "kind": "sales"}
        people = [_person("1", "head", "", ["director"]), _person("2", "rep", "1", ["rep"])]
        await _until_known(http, "POST", "/v1/directory:import", boss, {"teams": [team], "people": people})
        found = await _until_known(http, "GET", "/v1/people", boss)
        rep = next(each["person_id"] for each in found["people"] if each["subject"] == "rep")
        profile = {"open_cap": 10_000, "daily_cap": 10_000, "weight_pct": 100}
        await _until_known(http, "PUT", f"/v1/reps/{rep}", boss, {"profile": profile, "version": "0"})
        head = await token(f"{endpoints.http}/oauth/token:person", tenant_id=tenant, subject="head")
        callers = cls(http, head, rep)
        made = await _until_known(http, "POST", "/v1/leads", head, {"submission": _submission(0)})
        callers.lead_id = made["lead"]["lead_id"]
        for method, path, body in callers.kinds(1):
            await _until_known(http, method, path, head, body)
        return callers

    def kinds(self, number: int) -> list[tuple[str, str, dict[str, Any] | None]]:
        """One call of each kind: a command and a question of every service that people ask."""
        due_at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        return [
            ("POST", "/v1/leads", {"submission": _submission(number)}),
            ("GET", "/v1/leads?page_size=20", None),
            ("POST", "/v1/follow-ups", {"lead_id": self.lead_id, "channel": "PHONE", "summary": "called"}),
            ("GET", f"/v1/follow-ups?lead_id={self.lead_id}", None),
            ("POST", "/v1/customers", {"profile": {"name": f"杭州恒昌{number}号信息技术有限公司"}}),
            ("GET", "/v1/customers?page_size=20", None),
            ("POST", "/v1/tasks", {"title": "quote", "assignee_id": self.rep_id, "due_at": due_at}),
            ("GET", "/v1/tasks?page_size=20", None),
            ("GET", "/v1/metrics", None),
            ("GET", "/v1/funnel", None),
        ]

    async def run(self, count: int) -> None:
        """So many callers, each of which waits for its answer, until `is_over`."""
        numbers = itertools.count(1000)
        await asyncio.gather(*(self._call(numbers) for _ in range(count)))

    async def answered_more(self, count: int) -> None:
        """Waits until so many more calls have been answered."""
        goal = self.answered.total() + count
        while self.answered.total() < goal:  # noqa: ASYNC110  # the test's own timeout bounds it
            await asyncio.sleep(0.01)

    async def _call(self, numbers: itertools.count[int]) -> None:
        while not self.is_over:
            for method, path, body in self.kinds(next(numbers)):
                answer = await _ask(self.http, method, path, self.token, body)
                if answer.is_success:
                    self.answered[f"{method} {path.partition('?')[0]}"] += 1
                else:
                    self.failures.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")


def _submission(number: int) -> dict[str, Any]:
    return {
        "identity": {"company": f"杭州佳信{number}号医院", "person": "张伟", "phone": f"138{number:08}"},
        "origin": {"source": "website", "external_id": new_id()},
    }


def _person(number: str, subject: str, boss: str, roles: list[str]) -> dict[str, Any]:
    return {
        "employee_no": number,
        "name": subject,
        "subject": subject,
        "email": "",
        "team": "sales",
        "supervisor_employee_no": boss,
        "roles": roles,
        "title": "",
    }


def _ask(
    http: httpx.AsyncClient, method: str, path: str, token: str, body: dict[str, Any] | None
) -> Awaitable[httpx.Response]:
    content = {**body, "request_id": new_id()} if body is not None else None
    return http.request(method, path, json=content, headers={"authorization": f"Bearer {token}"})


async def _until_known(
    http: httpx.AsyncClient, method: str, path: str, token: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    until = loop.time() + _PATIENCE_S
    while True:
        answer = await _ask(http, method, path, token, body)
        if answer.is_success:
            found: dict[str, Any] = answer.json()
            return found
        assert answer.status_code in _BECOMING_KNOWN, f"{method} {path}: {answer.text[:500]}"
        assert loop.time() < until, f"{method} {path}: {answer.text[:500]}"
        await asyncio.sleep(0.25)
