"""Blocking SQL for fixtures, which may be called with or without a running event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")


class BlockingConnection:
    """One database connection, served by an event loop in a thread of its own.

    Fixtures create databases inside tests that already run in a loop; blocking that loop for 20 ms is harmless, running
    a second loop in the same thread is not possible.
    """

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fixture-sql", daemon=True)
        self._thread.start()
        try:
            self._connection: asyncpg.Connection = self.run(asyncpg.connect(url))
        except BaseException:
            self._end_thread()
            raise

    def execute(self, statement: str, *values: object) -> None:
        """Runs one statement, or several without values."""
        self.run(self._connection.execute(statement, *values))

    def fetch(self, query: str, *values: object) -> Sequence[asyncpg.Record]:
        """All rows of a query."""
        rows: Sequence[asyncpg.Record] = self.run(self._connection.fetch(query, *values))
        return rows

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs any coroutine in the connection's loop and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Closes the connection and ends the thread."""
        self.run(self._connection.close())
        self._end_thread()

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def execute(dsn: str, statement: str, *values: object) -> None:
    """Runs one statement over a connection of its own, for instance as `database.superuser_dsn`."""
    connection = BlockingConnection(dsn)
    try:
        connection.execute(statement, *values)
    finally:
        connection.close()


def fetch(dsn: str, query: str, *values: object) -> Sequence[asyncpg.Record]:
    """All rows of a query over a connection of its own."""
    connection = BlockingConnection(dsn)
    try:
        return connection.fetch(query, *values)
    finally:
        connection.close()
