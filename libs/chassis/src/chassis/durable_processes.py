"""Commands that go over several services, as durable rows: begun and brought to rest in the transaction of the change,
carried on by `chassis.process_runner` until they rest.

A process is one row beside an aggregate of the service's own with the same id, which knows the steps. The row knows
when the process goes on, how often it could not, and why.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import TenantId
from chassis.tables import moment, tenant_column
from chassis.telemetry import inject

# Not among the tables that every service has from its first migration on: those that need it create it.
process_metadata = MetaData()

process = Table(
    "process",
    process_metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    tenant_column(),
    Column("kind", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    # In real time, as all backoff; NULL at rest.
    moment("next_try_at", nullable=True),
    Column("fault", Text, nullable=False),
    Column("traceparent", Text, nullable=False),
    Index("process_due_idx", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
)


@dataclass(frozen=True, slots=True)
class ProcessStanding:
    """What keeps a process from coming to rest."""

    attempts: int = 0
    """How often in a row it could not go on."""
    fault: str = ""
    """Why it could not at last; empty while nothing is in its way."""
    next_try_at: datetime | None = None
    """When it goes on, in real time; None at rest."""


@dataclass(frozen=True, slots=True)
class ProcessKind:
    """How processes of a kind are carried on."""

    name: str
    carry_on: Callable[[str], Awaitable[None]]
    """Takes a process, by its id, as many steps further as it can, and brings it to rest in the transaction of the last
    one. Runs outside of any transaction, with this service as the caller, for one process at a time; after a crash it
    is asked again, so every step bears being repeated. May raise: it is tried again, later and later."""


class ProcessSchedule:
    """Begins processes and brings them to rest in one transaction."""

    def __init__(self, connection: AsyncConnection, tenant_id: TenantId) -> None:
        self._connection = connection
        self._tenant_id = tenant_id

    async def begin(self, kind: str, process_id: str) -> None:
        """Makes the process go on as soon as the transaction has committed; one that rests begins anew."""
        row = {"id": process_id, "tenant": self._tenant_id, "kind": kind, "traceparent": inject()}
        await self._connection.execute(_BEGIN, row)

    async def went_on(self, process_id: str, *, is_at_rest: bool) -> None:
        """A step has been taken: earlier faults are over. At rest nothing goes on until it is begun anew."""
        await self._connection.execute(_WENT_ON, {"id": process_id, "is_at_rest": is_at_rest})

    async def standings(self, process_ids: Collection[str]) -> Mapping[str, ProcessStanding]:
        """What keeps processes from coming to rest, by id."""
        rows = await self._connection.execute(_STANDINGS, {"ids": list(process_ids)})
        return {str(row.id): ProcessStanding(row.attempts, row.fault, row.next_try_at) for row in rows}


_BEGIN = text(
    "INSERT INTO process (id, tenant_id, kind, attempts, next_try_at, fault, traceparent)"
    " VALUES (CAST(:id AS uuid), CAST(:tenant AS uuid), :kind, 0, clock_timestamp(), '', :traceparent)"
    " ON CONFLICT (id) DO UPDATE SET attempts = 0, next_try_at = clock_timestamp(), fault = '',"
    " traceparent = excluded.traceparent"
)
_WENT_ON = text(
    "UPDATE process SET attempts = 0, fault = '',"
    " next_try_at = CASE WHEN CAST(:is_at_rest AS boolean) THEN NULL ELSE clock_timestamp() END WHERE id = :id"
)
_STANDINGS = text("SELECT id, attempts, fault, next_try_at FROM process WHERE id = ANY(CAST(:ids AS uuid[]))")
