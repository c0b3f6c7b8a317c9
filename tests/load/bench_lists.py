"""Times lists over a million rows against reading the same rows by their keys: `python tests/load/bench_lists.py`.

Leads, opportunities, follow-ups, customers, contacts, tasks, timelines and notices: first page, a page in the middle,
and each filter, as a rep, as leaders of one team and of ten, and as a director, one call after another through the real
gRPC server. Beside our tenant stands another. A page has 50 rows. The limit is a transaction of the tenant that reads
the same rows by their primary keys. `--rows` says how many rows each table has.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asyncpg

from load.lists.asking import Asked, asking
from load.lists.cases import ListsOfService
from load.lists.of_collab import COLLAB
from load.lists.of_lead_router import LEAD_ROUTER
from load.lists.of_pipeline import PIPELINE
from load.measuring.crowd import fill
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import machine
from support.databases import Database, DatabaseFactory
from support.postgres import shared_server
from support.shared import SharedFolder
from support.tokens import TokenIssuer

ROWS = 1_000_000
BAR_MS = 50
SERVICES = (LEAD_ROUTER, PIPELINE, COLLAB)


def measure(options: Options) -> Report:
    """Services one after another, each on a database that goes before the next one comes."""
    figures: list[Figure] = []
    with databases() as (factory, issuer):
        for lists in SERVICES:
            figures += asyncio.run(_measured(factory(lists.service), issuer, lists, options))
            factory.drop_all()
    slow = [figure for figure in figures if figure.unit == "ms" and figure.value > BAR_MS]
    return Report(
        f"pages of 50 over {options.rows:,} rows, p95",
        [*figures, Figure(f"questions above {BAR_MS} ms", len(slow), f"of {len(figures)}")],
        machine=machine(),
    )


@contextmanager
def databases() -> Iterator[tuple[DatabaseFactory, TokenIssuer]]:
    """Databases on a server of this run's own, and an issuer of tokens; all gone at the end."""
    with ExitStack() as stack:
        shared = SharedFolder.make()
        stack.callback(shared.close)
        factory = DatabaseFactory(shared_server(shared, durable=False), shared)
        stack.callback(factory.close)
        yield factory, stack.enter_context(TokenIssuer.start())


async def _measured(database: Database, issuer: TokenIssuer, lists: ListsOfService, options: Options) -> list[Figure]:
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        began = time.perf_counter()
        await fill(connection, lists.fillings, options.rows)
        _say(f"{lists.service}: filled in {time.perf_counter() - began:.0f} s")
    finally:
        await connection.close()
    figures = []
    async with asking(database, issuer, lists) as asker:
        for each in lists.lists:
            for case in each.cases:
                figures.append(_figure(await asker.ask(each, case, options.seconds)))
                _say(f"{figures[-1].name}: {figures[-1].value:.1f} ms ({figures[-1].note})")
    return figures


def _figure(asked: Asked) -> Figure:
    p95, floor = asked.calls.quantile_ms(0.95), asked.floor.quantile_ms(0.95)
    note = f"p50 {asked.calls.quantile_ms(0.5):.1f} ms, {len(getattr(asked.answer, asked.list.rows))} rows"
    name = f"{asked.list.name}: {asked.case.what}"
    return Figure(name, p95, "ms", floor, "the rows by key", note if p95 <= BAR_MS else f"{note}, above the bar")


def _say(text: str) -> None:
    """How far it is; the report itself goes to the standard output."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 (a measurement of many minutes)


if __name__ == "__main__":
    sys.exit(main(measure, seconds=1.0, rounds=1, rows=ROWS))
