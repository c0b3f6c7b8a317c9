"""Times lists over a million rows against reading the same rows by their keys: `python tests/load/bench_lists.py`.

Leads, opportunities, follow-ups, customers, contacts, tasks, timelines and notices: first page, a page in the middle,
and each filter, as a rep, as leaders of one team and of ten, and as a director, one call after another through the real
gRPC server. Beside our tenant stands another. A page has 50 rows. The limit is a transaction of the tenant that reads
the same rows by their primary keys. `--rows` says how many rows each table has.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from load.lists.asking import ask_all, summed_up
from load.lists.of_collab import COLLAB
from load.lists.of_lead_router import LEAD_ROUTER
from load.lists.of_pipeline import PIPELINE
from load.measuring.crowd import fill
from load.measuring.databases import databases
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import machine

ROWS = 1_000_000
SERVICES = (LEAD_ROUTER, PIPELINE, COLLAB)


def measure(options: Options) -> Report:
    """Services one after another, each on a database that goes before the next one comes."""
    figures: list[Figure] = []
    with databases(durable=False) as (factory, issuer):
        for lists in SERVICES:
            database = factory(lists.service)
            asyncio.run(fill(database.superuser_dsn, lists.fillings, options.rows))
            figures += asyncio.run(ask_all(database, issuer, lists, options.seconds))
            factory.drop_all()
    return Report(f"pages of 50 over {options.rows:,} rows, p95", summed_up(figures), machine=machine())


if __name__ == "__main__":
    sys.exit(main(measure, seconds=1.0, rounds=1, rows=ROWS))
