"""Times RecordSignals, one stream of 10,000 signals of 500 leads, against writing as many rows.

    python tests/load/bench_signals.py

The limit is what PostgreSQL itself takes in: multi-row INSERTs into one table with a primary key, a commit after as
many rows as the router commits together.
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
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.ids import new_id
from lead_router.application.record_signals import MOST_TOGETHER
from load.measuring.callers import median_of
from load.measuring.company import Leads
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import Bench, ServerProcess, bench, machine
from throughline.lead_router.v1 import signal_service_pb2 as pb
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub
from throughline.lead_router.v1.signal_service_pb2_grpc import SignalServiceStub

SIGNALS_A_LEAD = 20
LEADS = 500
_BYTES = 200


def measure(options: Options) -> Report:
    """Streams and inserts in turn."""
    with bench() as prepared:
        return asyncio.run(_measured(prepared, prepared.router(), options))


async def _measured(prepared: Bench, router: ServerProcess, options: Options) -> Report:
    count = options.leads * SIGNALS_A_LEAD
    connection = await asyncpg.connect(prepared.database.superuser_dsn)
    try:
        await connection.execute("CREATE TABLE bench_row (id uuid PRIMARY KEY, content bytea NOT NULL)")
        async with grpc.aio.insecure_channel(router.address) as channel:
            lead_ids = await _leads(prepared, channel, options.leads)
            streamed, repeated, inserted = [], [], []
            for _ in range(options.rounds):
                signals = _signals(lead_ids)
                streamed.append(count / await _stream(prepared, channel, signals))
                repeated.append(count / await _stream(prepared, channel, signals))
                inserted.append(count / await _insert(connection, count))
    finally:
        await connection.close()
    limit, rows = median_of(inserted), f"INSERTs of {MOST_TOGETHER} rows"
    return Report(
        f"RecordSignals, one stream of {count:,} signals of {options.leads:,} leads",
        [
            Figure("new signals", median_of(streamed), "signals/s", limit, rows),
            Figure("the same once more", median_of(repeated), "signals/s", limit, rows),
        ],
        machine=machine(),
    )


async def _leads(prepared: Bench, channel: grpc.aio.Channel, count: int) -> list[str]:
    stub: Any = LeadServiceStub(channel)
    leads = Leads()
    return [
        (await stub.SubmitLead(leads.request(), metadata=prepared.metadata, timeout=60)).lead.lead_id
        for _ in range(count)
    ]


def _signals(lead_ids: list[str]) -> list[pb.RecordSignalsRequest]:
    """Signals of all leads in turn, as they come from a site that many visit at once."""
    now = Timestamp()
    now.GetCurrentTime()
    view = pb.PageView(page=pb.PAGE_KIND_PRODUCT, dwell_s=20)
    return [
        pb.RecordSignalsRequest(
            signal=pb.Signal(source="bench", signal_id=new_id(), lead_id=lead_id, occurred_at=now, page_view=view)
        )
        for _ in range(SIGNALS_A_LEAD)
        for lead_id in lead_ids
    ]


async def _stream(prepared: Bench, channel: grpc.aio.Channel, signals: list[pb.RecordSignalsRequest]) -> float:
    """Sends them over one stream; returns how long it took, in seconds."""

    async def sent() -> AsyncIterator[pb.RecordSignalsRequest]:
        for signal in signals:
            yield signal

    stub: Any = SignalServiceStub(channel)
    began = time.perf_counter()
    answer = await stub.RecordSignals(sent(), metadata=prepared.metadata, timeout=600)
    if answer.refused or answer.recorded + answer.repeated != len(signals):
        raise RuntimeError(f"of {len(signals)} signals {answer.refused} were refused: {answer.refusals[:1]}")
    return time.perf_counter() - began


async def _insert(connection: asyncpg.Connection, count: int) -> float:
    rows = [(new_id(), os.urandom(_BYTES)) for _ in range(count)]
    statement = "INSERT INTO bench_row SELECT * FROM unnest($1::uuid[], $2::bytea[])"
    began = time.perf_counter()
    for at in range(0, count, MOST_TOGETHER):
        ids, contents = zip(*rows[at : at + MOST_TOGETHER], strict=True)
        await connection.execute(statement, ids, contents)
    took_s = time.perf_counter() - began
    await connection.execute("TRUNCATE bench_row")
    return took_s


if __name__ == "__main__":
    sys.exit(main(measure, rounds=2, leads=LEADS))
