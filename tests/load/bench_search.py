"""Times searches over a million names against reading what they find by its keys: `python tests/load/bench_search.py`.

A quarter of the names each belong to leads, opportunities, customers and contacts. Looked for are two characters of a
name, three, words that many have, pinyin, initials, a letter, and a phone from its beginning and by its last four, as a
rep, as leaders of one team and of ten, and as a director, one call after another through the real gRPC servers. The
limit is a transaction of the tenant that reads the things found by their primary keys. `--rows` says how many names.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from load.lists.asking import ask_all, summed_up
from load.lists.names import name_all
from load.lists.searches import SEARCHES
from load.measuring.crowd import fill
from load.measuring.databases import databases
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import machine

NAMES = 1_000_000
KINDS = 4


def measure(options: Options) -> Report:
    """Services one after another, each on a database that goes before the next one comes."""
    figures: list[Figure] = []
    with databases(durable=False) as (factory, issuer):
        for searches, tables in SEARCHES:
            database = factory(searches.service)
            asyncio.run(fill(database.superuser_dsn, searches.fillings, options.rows // KINDS))
            asyncio.run(name_all(database.superuser_dsn, tables))
            figures += asyncio.run(ask_all(database, issuer, searches, options.seconds))
            factory.drop_all()
    return Report(f"searches over {options.rows:,} names, p95", summed_up(figures), machine=machine())


if __name__ == "__main__":
    sys.exit(main(measure, seconds=1.0, rounds=1, rows=NAMES))
