"""The metric dictionary in PostgreSQL: versions that are only ever added."""

from collections.abc import Sequence

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from chassis.database import SqlRow, Transaction
from scoring.adapters.postgres.metric_tables import metric_definition as table
from scoring.application.metric_ports import PublishedMetric

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('metric_definition' || CAST(:tenant AS text), 0))")


class PostgresMetrics:
    """The definitions of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold(self) -> None:
        """Lets nobody else publish until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id})

    async def add(self, metric: PublishedMetric) -> None:
        """Keeps a new version."""
        row = {
            "tenant_id": self._tenant_id,
            "code": metric.code,
            "version": metric.version,
            "document": dict(metric.document),
            "published_at": metric.published_at,
            "published_by": metric.published_by,
            "note": metric.note,
        }
        await self._connection.execute(insert(table), row)

    async def newest(self, code: str) -> PublishedMetric | None:
        """The newest version that the tenant published; None where it published none."""
        query = select(table).where(table.c.code == code).order_by(table.c.version.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return _published(row) if row else None

    async def get(self, code: str, version: int) -> PublishedMetric | None:
        """One published version, or None."""
        query = select(table).where(table.c.code == code, table.c.version == version)
        row = (await self._connection.execute(query)).one_or_none()
        return _published(row) if row else None

    async def all_newest(self) -> Sequence[PublishedMetric]:
        """The newest version of every code that the tenant published."""
        query = select(table).ext(distinct_on(table.c.code)).order_by(table.c.code, table.c.version.desc())
        return [_published(row) for row in await self._connection.execute(query)]


def _published(row: SqlRow) -> PublishedMetric:
    return PublishedMetric(row.code, row.version, row.document, row.published_at, row.published_by, row.note)
