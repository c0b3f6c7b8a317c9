"""What is lost when a database is replaced by an older one: each fact and each change that only the newer one knows.

Nothing of it can be had back by itself. It is written down, so that people can do again what they had done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

_SLACK = timedelta(days=1)
"""Before the backup, to look for what was being written while it was taken."""
_EVENTS = """
SELECT event_id, tenant_id, aggregate, aggregate_id, type, actor, occurred_at, recorded_at FROM outbox
 WHERE aggregate <> 'notice' AND coalesce(uuid_extract_timestamp(event_id), recorded_at) >= $1 ORDER BY seq
"""
_CHANGES = """
SELECT id, tenant_id, action, resource, actor, occurred_at FROM audit
 WHERE coalesce(uuid_extract_timestamp(id), occurred_at) >= $1 ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Losses:
    """What one service has lost.

    Attributes:
        taken_at: how far the restored database reaches.
        events: facts that were told to others, as plain values: kind, aggregate, who, when.
        changes: rows of the audit, as plain values; every command leaves one, whether it told others or not.
        replaced: the database that still has all of it.
    """

    taken_at: datetime
    events: Sequence[Mapping[str, Any]]
    changes: Sequence[Mapping[str, Any]]
    replaced: str

    def kinds(self) -> Mapping[str, int]:
        """How many facts of each kind, by the name of their message, most first."""
        counted = Counter(str(event["type"]).rpartition(".")[2] for event in self.events)
        return dict(counted.most_common())

    def as_json(self) -> dict[str, Any]:
        """For the list that is written beside the data."""
        return {
            "taken_at": self.taken_at.isoformat(),
            "replaced_database": self.replaced,
            "events": self.events,
            "changes": self.changes,
        }


async def losses(replaced_url: str, restored_url: str, taken_at: datetime) -> Losses:
    """Compares a database with the one that is to take its place."""
    since = taken_at - _SLACK
    found = {}
    for name, query, key in (("events", _EVENTS, "event_id"), ("changes", _CHANGES, "id")):
        kept = {row[key] for row in await _rows(restored_url, query, since)}
        rows = await _rows(replaced_url, query, since)
        found[name] = [{column: str(value) for column, value in row.items()} for row in rows if row[key] not in kept]
    return Losses(taken_at, found["events"], found["changes"], replaced_url.rpartition("/")[2])


async def _rows(url: str, query: str, since: datetime) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(query, since)
        return rows
    finally:
        await connection.close()
