"""Events that leave with the change they tell of: rows written in the change's own transaction.

The relay (`chassis.relay`) sends them afterwards. Rows are appended while the aggregate's row lock is held, so their
sequence numbers are in the aggregate's order.
"""

from dataclasses import dataclass
from datetime import datetime

from google.protobuf.message import Message
from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.context import current_or_none
from chassis.ids import TenantId, new_id
from chassis.tables import metadata, moment, tenant_column
from chassis.telemetry import inject
from throughline.common.v1.notice_pb2 import Notice

NOTICE = "notice"

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    tenant_column(),
    Column("event_id", Uuid(as_uuid=False), nullable=False, unique=True),
    Column("aggregate", Text, nullable=False),
    Column("aggregate_id", Text, nullable=False),
    Column("aggregate_version", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("causation_id", Text, nullable=False),
    Column("traceparent", Text, nullable=False),
    moment("occurred_at"),
    moment("recorded_at"),
    moment("published_at", nullable=True),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Index("outbox_unpublished_idx", "seq", postgresql_where=text("published_at IS NULL")),
    Index("outbox_recorded_idx", "recorded_at"),
)


def topic_of(aggregate: str) -> str:
    """Topic on which the events of an aggregate travel, for example `throughline.lead.v1`."""
    return f"throughline.{aggregate}.v1"


@dataclass(frozen=True, slots=True)
class _Row:
    event_id: str
    aggregate: str
    aggregate_id: str
    aggregate_version: int
    type: str
    payload: bytes
    occurred_at: datetime
    actor: str
    causation_id: str
    traceparent: str


class Outbox:
    """Events of one transaction, written together just before it commits."""

    def __init__(self, connection: AsyncConnection, tenant_id: TenantId, now: datetime) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._now = now
        self._rows: list[_Row] = []
        self.appended = 0
        """Events appended so far in this transaction."""

    def append(
        self,
        *,
        aggregate: str,
        aggregate_id: str,
        version: int,
        message: Message,
        occurred_at: datetime | None = None,
    ) -> str:
        """Adds a fact about one aggregate and returns the event's id.

        Args:
            aggregate: kind of the aggregate, which names the topic, for example `lead`.
            aggregate_id: orders the events: those with one id arrive in the order they were appended.
            version: version of the aggregate after the change. In the event it stands with the base that a restored
                database adds (`chassis.restoration`), so that it is above all that was told before.
            message: the fact, a message of an `events.proto`, without personal data.
            occurred_at: when it happened; None for now, in business time.
        """
        request = current_or_none()
        row = _Row(
            new_id(),
            aggregate,
            aggregate_id,
            version,
            message.DESCRIPTOR.full_name,
            message.SerializeToString(deterministic=True),
            occurred_at or self._now,
            request.principal.actor if request else "service:unknown",
            request.causation_id if request else "",
            inject(),
        )
        self._rows.append(row)
        self.appended += 1
        return row.event_id

    def notice(self, notice: Notice) -> str:
        """Adds a thin sign for screens, sent on the topic that every gateway reads."""
        if not notice.HasField("occurred_at"):
            notice.occurred_at.FromDatetime(self._now)
        return self.append(aggregate=NOTICE, aggregate_id=notice.resource, version=notice.version, message=notice)

    async def flush(self) -> None:
        """Writes the appended events in their order, in one statement."""
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        columns: dict[str, object] = {
            "tenant": self._tenant_id,
            "recorded": self._now,
            "ids": [row.event_id for row in rows],
            "aggregates": [row.aggregate for row in rows],
            "aggregate_ids": [row.aggregate_id for row in rows],
            "versions": [row.aggregate_version for row in rows],
            "types": [row.type for row in rows],
            "payloads": [row.payload for row in rows],
            "occurred": [row.occurred_at for row in rows],
            "actors": [row.actor for row in rows],
            "causes": [row.causation_id for row in rows],
            "traces": [row.traceparent for row in rows],
        }
        await self._connection.execute(_INSERT, columns)


_INSERT = text(
    "INSERT INTO outbox (tenant_id, event_id, aggregate, aggregate_id, aggregate_version, type, payload, actor,"
    " causation_id, traceparent, occurred_at, recorded_at)"
    " SELECT CAST(:tenant AS uuid), e.id, e.aggregate, e.aggregate_id,"
    " e.version + (SELECT coalesce(max(version_base), 0) FROM restoration), e.type, e.payload, e.actor, e.cause,"
    " e.trace, e.occurred, :recorded"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:aggregates AS text[]), CAST(:aggregate_ids AS text[]),"
    " CAST(:versions AS bigint[]), CAST(:types AS text[]), CAST(:payloads AS bytea[]),"
    " CAST(:occurred AS timestamptz[]), CAST(:actors AS text[]), CAST(:causes AS text[]), CAST(:traces AS text[]))"
    " WITH ORDINALITY AS e (id, aggregate, aggregate_id, version, type, payload, occurred, actor, cause, trace, place)"
    " ORDER BY e.place"
)
