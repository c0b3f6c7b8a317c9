"""Asks a running service for pages, and PostgreSQL for the same rows by their keys, which is the least a page costs."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from operator import attrgetter
from typing import Any

import asyncpg
from google.protobuf.message import Message

from chassis.database import Database as ServiceDatabase
from chassis.pages import token_after
from load.lists.cases import Case, List, ListsOfService
from load.measuring.callers import Load
from load.measuring.crowd import PEOPLE, TENANT, gather_teams, say
from load.measuring.figures import Figure
from support.databases import Database
from support.served import Served, served
from support.tokens import TokenIssuer

BAR_MS = 50
"""What p95 should not exceed."""
_LEAST_CALLS, _MOST_CALLS = 5, 200
_TIMEOUT_S = 60
_PEERS = json.dumps(dict.fromkeys(("collab", "lead-router", "pipeline", "scoring"), "127.0.0.1:1"))
"""Lists ask nobody else."""


@dataclass(slots=True)
class Asked:
    """What one question came to."""

    list: List
    case: Case
    answer: Message
    calls: Load = field(default_factory=Load)
    floor: Load = field(default_factory=Load)
    """The rows of the answer by their primary keys, over a bare connection, in a transaction of the tenant."""


@asynccontextmanager
async def asking(database: Database, issuer: TokenIssuer, lists: ListsOfService) -> AsyncIterator[Asker]:
    """The service, served by its own wiring, and a bare connection beside it; ended when the block ends."""
    settings = import_module(f"{lists.service}.settings").Settings
    build = import_module(f"{lists.service}.wiring").build
    async with served(settings, build, database, issuer, tenant=TENANT, people=PEOPLE, peers=_PEERS) as service:
        await gather_teams(service.runtime.database)
        bare = await asyncpg.connect(database.login_dsn, server_settings={"jit": "off"})
        try:
            yield Asker(service, bare, f"{lists.service}_app")
        finally:
            await bare.close()


class Asker:
    """Asks as the people of the company."""

    def __init__(self, service: Served[Any], bare: asyncpg.Connection, role: str) -> None:
        self._service = service
        self._bare = bare
        self._role = role

    async def ask(self, of: List, case: Case, seconds: float) -> Asked:
        """One question, again and again for so many seconds, at least five times; then the floor as often.

        Raises:
            RuntimeError: nothing was found where something must be.
        """
        call = await self._call(of, case)
        asked = Asked(of, case, await call())
        named = attrgetter(of.id)
        ids = [named(each) for each in getattr(asked.answer, of.rows)]
        if not ids and not case.may_be_empty:
            raise RuntimeError(f"{of.name}, {case.what}: nothing was found")
        asked.calls = await _again(call, seconds)
        asked.floor = await _again(lambda: self._by_keys(of.table, ids), seconds / 4)
        return asked

    async def answer(self, of: List, case: Case) -> Any:
        """The answer to one question."""
        return await (await self._call(of, case))()

    @property
    def database(self) -> ServiceDatabase:
        """The service's own."""
        return self._service.runtime.database

    async def _call(self, of: List, case: Case) -> Callable[[], Awaitable[Message]]:
        request = await self._request(of, case)
        method = getattr(of.stub(self._service.channel), of.method)
        metadata = self._service.issuer.person_metadata(case.who, TENANT)

        async def call() -> Message:
            answer: Message = await method(request, metadata=metadata, timeout=_TIMEOUT_S)
            return answer

        return call

    async def _request(self, of: List, case: Case) -> Message:
        request = type(case.filter)()
        request.CopyFrom(case.filter)
        if case.is_deep:
            key, last = await self._middle(of)
            request.page_token = token_after(request, key=key, id=last)  # type: ignore[attr-defined]  # lists have it
        return request

    async def _middle(self, of: List) -> tuple[tuple[str, ...], str]:
        """Sort key and id of the row in the middle of the tenant's."""
        order = ", ".join(of.order)
        async with self._of_tenant():
            half = await self._bare.fetchval(f"SELECT count(*) / 2 FROM {of.table}")
            row = await self._bare.fetchrow(f"SELECT {order} FROM {of.table} ORDER BY {order} OFFSET {half} LIMIT 1")
        *key, last = [value.isoformat() if isinstance(value, datetime) else str(value) for value in row]
        return tuple(key), last

    async def _by_keys(self, table: str, ids: Sequence[str]) -> None:
        async with self._of_tenant():
            await self._bare.fetch(f"SELECT * FROM {table} WHERE id = ANY($1::uuid[])", ids)

    @asynccontextmanager
    async def _of_tenant(self) -> AsyncIterator[None]:
        """A transaction as the service itself begins one."""
        async with self._bare.transaction():
            await self._bare.execute(
                f"SELECT set_config('role', '{self._role}', true), set_config('throughline.tenant', '{TENANT}', true)"
            )
            yield


async def ask_all(database: Database, issuer: TokenIssuer, lists: ListsOfService, seconds: float) -> list[Figure]:
    """All questions to a service, one after another, each for so many seconds."""
    figures = []
    async with asking(database, issuer, lists) as asker:
        for each in lists.lists:
            for case in each.cases:
                figure = _figure(await asker.ask(each, case, seconds))
                say(f"{figure.name}: {figure.value:.1f} ms, {figure.limit or 0:.1f} by key ({figure.note})")
                figures.append(figure)
    return figures


def summed_up(figures: Sequence[Figure]) -> list[Figure]:
    """The figures, and how many of the questions took longer than they should."""
    slow = [figure for figure in figures if figure.value > BAR_MS]
    return [*figures, Figure(f"questions above {BAR_MS} ms", len(slow), f"of {len(figures)}")]


def _figure(asked: Asked) -> Figure:
    p95, floor = asked.calls.quantile_ms(0.95), asked.floor.quantile_ms(0.95)
    note = f"p50 {asked.calls.quantile_ms(0.5):.1f} ms, {len(getattr(asked.answer, asked.list.rows))} rows"
    name = f"{asked.list.name}: {asked.case.what}"
    return Figure(name, p95, "ms", floor, "the rows by key", note if p95 <= BAR_MS else f"{note}, above the bar")


async def _again(call: Callable[[], Awaitable[object]], seconds: float) -> Load:
    """One call after another."""
    load, began = Load(), time.perf_counter()
    while (count := len(load.latencies_s)) < _LEAST_CALLS or (
        count < _MOST_CALLS and time.perf_counter() - began < seconds
    ):
        at = time.perf_counter()
        await call()
        load.latencies_s.append(time.perf_counter() - at)
    load.seconds = time.perf_counter() - began
    return load
