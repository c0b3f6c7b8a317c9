"""Times how long after its commit a lead is on a screen, at 200 leads a second: `python tests/load/bench_live.py`.

The whole suite runs in a data folder of its own: five services, PostgreSQL with fsync on, the embedded broker. Leads
come in by gRPC at a fixed pace, however late the answers are; a director's browser is a reader of the gateway's event
stream. A lead counts as committed when its answer is here, which is a little after it was, so the time from the call is
shown as well: the truth lies between.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import grpc
import httpx

from chassis.ids import new_id
from embedded.plan import Endpoints
from embedded.suite import Suite, SuiteFailed
from load.measuring.company import Leads
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import machine
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub

PACE = 200
"""Leads a second."""
_TITLE = f"from commit to screen, {PACE} leads a second"
_ADMIN, _TENANT = "bench-admin", str(uuid.uuid4())
_REPS = 10
_KIND = "lead.received"
_PATIENCE_S = 60.0


def measure(options: Options) -> Report:
    """Brings a suite up, measures, takes it down. A suite that does not come up is a reason to skip."""
    with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as a user of its own when we are root
        suite = Suite(Path(folder) / "data")
        try:
            suite.up()
        except SuiteFailed as failure:
            return Report(_TITLE, skipped=f"the suite did not come up: {str(failure).splitlines()[0]}")
        try:
            return asyncio.run(_Measurement(suite.endpoints(), options.seconds).run())
        finally:
            suite.down()


@dataclass(slots=True)
class _Times:
    """Moments by lead, as `perf_counter()`."""

    called: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)


class _Measurement:
    def __init__(self, endpoints: Endpoints, seconds: float) -> None:
        self._endpoints = endpoints
        self._seconds = seconds
        self._times = _Times()

    async def run(self) -> Report:
        async with httpx.AsyncClient(base_url=self._endpoints.http, timeout=60, trust_env=False) as http:
            await self._found_company(http)
            token = await self._person_token(http)
            reading = asyncio.create_task(self._read(http, token))
            async with grpc.aio.insecure_channel(self._endpoints.grpc["lead-router"]) as channel:
                began = time.perf_counter()
                await self._send(LeadServiceStub(channel), token)
                took_s = time.perf_counter() - began
            await self._until_all_are_shown(reading)
        return self._report(took_s)

    async def _found_company(self, http: httpx.AsyncClient) -> None:
        """A tenant with an administrator, a supervisor and some reps, by the same calls that an operator makes."""
        operator = await self._token(http, self._endpoints.token_url, {"grant_type": "client_credentials"})
        tenant = {"tenant_id": _TENANT, "name": "Bench", "admin_subject": _ADMIN, "admin_name": "Admin"}
        await _call(http, "POST", "/v1/tenants", operator, tenant)
        admin = await self._person_token(http)
        people = [_person("1", "boss", "", ["supervisor"])]
        people += [_person(str(at + 2), f"rep-{at}", "1", ["rep"]) for at in range(_REPS)]
        team = {"team": "sales", "parent_team": "", "leader_employee_no": "1", "kind": "sales"}
        await _call(http, "POST", "/v1/directory:import", admin, {"teams": [team], "people": people})
        found = await _call(http, "GET", "/v1/people?page_size=100", admin)
        for person in found["people"]:
            if "rep" in person["subject"]:
                profile = {"open_cap": 10_000, "daily_cap": 10_000, "weight_pct": 100}
                await _call(http, "PUT", f"/v1/reps/{person['person_id']}", admin, {"profile": profile, "version": "0"})

    async def _person_token(self, http: httpx.AsyncClient) -> str:
        url = f"{self._endpoints.http}/oauth/token:person"
        return await self._token(http, url, {"tenant_id": _TENANT, "subject": _ADMIN})

    async def _token(self, http: httpx.AsyncClient, url: str, form: dict[str, str]) -> str:
        client = (self._endpoints.client_id, self._endpoints.client_secret)
        answer = await http.post(url, data=form, auth=client)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    async def _read(self, http: httpx.AsyncClient, token: str) -> None:
        """Notes when each lead comes over the event stream."""
        headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
        kind = ""
        async with http.stream("GET", "/v1/stream", headers=headers, timeout=None) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind == _KIND:
                    lead_id = json.loads(value)["resource"].removeprefix("leads/")
                    self._times.shown.setdefault(lead_id, time.perf_counter())

    async def _send(self, stub: Any, token: str) -> None:
        """Calls at the pace, whether or not the calls before have been answered."""
        leads, metadata = Leads(), (("authorization", f"Bearer {token}"),)

        async def one() -> None:
            called = time.perf_counter()
            try:
                answer = await stub.SubmitLead(leads.request(), metadata=metadata, timeout=60)
            except grpc.aio.AioRpcError as fault:
                self._times.faults[fault.code().name] += 1
                return
            if answer.HasField("receipt"):  # a joined lead is no new line on a screen
                self._times.called[answer.lead.lead_id] = called
                self._times.answered[answer.lead.lead_id] = time.perf_counter()

        began, calls = time.perf_counter(), []
        for at in range(int(PACE * self._seconds)):
            await asyncio.sleep(max(0.0, began + at / PACE - time.perf_counter()))
            calls.append(asyncio.create_task(one()))
        await asyncio.gather(*calls)

    async def _until_all_are_shown(self, reading: asyncio.Task[None]) -> None:
        until = time.monotonic() + _PATIENCE_S
        while self._times.answered.keys() - self._times.shown.keys() and time.monotonic() < until:
            if reading.done():
                reading.result()  # raises what ended it
            await asyncio.sleep(0.05)
        reading.cancel()

    def _report(self, took_s: float) -> Report:
        times = self._times
        seen = times.answered.keys() & times.shown.keys()
        since_answer = sorted(max(0.0, times.shown[one] - times.answered[one]) for one in seen)
        since_call = sorted(times.shown[one] - times.called[one] for one in seen)
        answers = sorted(times.answered[one] - times.called[one] for one in times.answered)
        lost = f"{len(times.answered) - len(seen)} of {len(times.answered)} never shown; refused: {dict(times.faults)}"
        figures = [Figure("new leads answered", len(times.answered) / took_s, "leads/s", PACE, "pace", lost)]
        for name, values in (("commit to screen", since_answer), ("call to screen", since_call)):
            figures += [
                Figure(f"{name}, p{share}", _ms(values, share), "ms", _ms(answers, share), f"call to answer, p{share}")
                for share in (50, 99)
            ]
        return Report(_TITLE, figures, machine=machine())


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


async def _call(
    http: httpx.AsyncClient, method: str, path: str, token: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The answer. Whoever has just been made may take a moment to be known everywhere, so refusals are repeated."""
    content = {**body, "request_id": new_id()} if body is not None else None
    until = time.monotonic() + _PATIENCE_S
    while True:
        answer = await http.request(method, path, json=content, headers={"authorization": f"Bearer {token}"})
        if answer.is_success:
            found: dict[str, Any] = answer.json()
            return found
        if answer.status_code not in (401, 403, 404, 503) or time.monotonic() > until:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        await asyncio.sleep(0.25)


def _ms(ordered: list[float], pct: int) -> float:
    return 1000 * ordered[min(len(ordered) - 1, len(ordered) * pct // 100)] if ordered else 0.0


if __name__ == "__main__":
    sys.exit(main(measure, seconds=10.0))
