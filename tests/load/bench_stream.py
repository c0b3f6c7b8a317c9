"""Times SubmitLeads, one stream of 5,000 leads, against writing as many rows: `python tests/load/bench_stream.py`.

The limit is what PostgreSQL itself takes in: multi-row INSERTs into one table with a primary key, as many rows, each as
large as what the router keeps of a lead in all its tables, with fsync on and a commit after as many rows as the router
commits together.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asyncpg
import grpc

from chassis.ids import new_id
from lead_router.application.submit_leads import MOST_TOGETHER
from load.measuring.callers import median_of
from load.measuring.company import Leads
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import Bench, ServerProcess, bench, machine
from throughline.lead_router.v1 import lead_service_pb2 as pb
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub

LEADS = 5000
_WARM_SHARE = 10
_TABLES = (
    "lead", "raw_intake", "lead_identity", "lead_key", "receipt", "ledger_entry", "outbox", "audit", "timer",
    "idempotency",
)  # fmt: skip


def measure(options: Options) -> Report:
    """Streams and inserts in turn."""
    with bench() as prepared:
        router = prepared.router()
        return asyncio.run(_measured(prepared, router, options))


async def _measured(prepared: Bench, router: ServerProcess, options: Options) -> Report:
    leads, count = Leads(), options.leads
    await _stream(prepared, router, leads, count // _WARM_SHARE)
    connection = await asyncpg.connect(prepared.database.superuser_dsn)
    try:
        await connection.execute("CREATE TABLE bench_row (id uuid PRIMARY KEY, content bytea NOT NULL)")
        streamed, grouped, whole = [], [], []
        size = 0
        for _ in range(options.rounds):
            streamed.append(count / await _stream(prepared, router, leads, count))
            size = await _bytes_a_lead(connection)
            grouped.append(count / await _insert(connection, count, size, MOST_TOGETHER))
            whole.append(count / await _insert(connection, count, size, count))
    finally:
        await connection.close()
    rate = median_of(streamed)
    together = f"INSERTs of {MOST_TOGETHER} rows"
    return Report(
        f"SubmitLeads, one stream of {count:,} leads",
        [
            Figure("kept of a lead, in all tables", size, "bytes"),
            Figure("multi-row INSERT, a commit each 64 rows", median_of(grouped), "rows/s"),
            Figure("multi-row INSERT, one for all", median_of(whole), "rows/s"),
            Figure("SubmitLeads", rate, "leads/s", median_of(grouped), together),
            Figure("SubmitLeads", rate, "leads/s", median_of(whole), "one INSERT"),
        ],
        machine=machine(),
    )


async def _stream(prepared: Bench, router: ServerProcess, leads: Leads, count: int) -> float:
    """Sends so many leads over one stream; returns how long it took, in seconds."""
    requests = [pb.SubmitLeadsRequest(submission=leads.submission(), request_id=new_id()) for _ in range(count)]

    async def sent() -> AsyncIterator[pb.SubmitLeadsRequest]:
        for request in requests:
            yield request

    async with grpc.aio.insecure_channel(router.address) as channel:
        stub: Any = LeadServiceStub(channel)
        began = time.perf_counter()
        answer = await stub.SubmitLeads(sent(), metadata=prepared.metadata, timeout=600)
        took_s = time.perf_counter() - began
    if answer.rejected or answer.created + answer.joined != count:
        raise RuntimeError(f"of {count} leads {answer.created} were created and {answer.rejected} rejected")
    return took_s


async def _bytes_a_lead(connection: asyncpg.Connection) -> int:
    """Mean size of what a lead leaves in all tables, in bytes, without indexes and without what rows cost beyond it."""
    total = 0
    for table in _TABLES:
        total += await connection.fetchval(f"SELECT coalesce(sum(pg_column_size(t.*)), 0) FROM {table} t")
    return int(total / await connection.fetchval("SELECT count(*) FROM raw_intake"))


async def _insert(connection: asyncpg.Connection, count: int, size: int, together: int) -> float:
    rows = [(new_id(), os.urandom(size)) for _ in range(count)]
    statement = "INSERT INTO bench_row SELECT * FROM unnest($1::uuid[], $2::bytea[])"
    began = time.perf_counter()
    for at in range(0, count, together):
        ids, contents = zip(*rows[at : at + together], strict=True)
        await connection.execute(statement, ids, contents)
    took_s = time.perf_counter() - began
    await connection.execute("TRUNCATE bench_row")
    return took_s


if __name__ == "__main__":
    sys.exit(main(measure, rounds=2, leads=LEADS))
