"""Stage models in PostgreSQL: versions that are only ever added."""

from collections.abc import Sequence

from sqlalchemy import insert, select, text

from chassis.database import SqlRow, Transaction
from chassis.pages import Cursor
from pipeline.adapters.postgres.opportunity_tables import stage_model as table
from pipeline.application.opportunity_ports import PublishedStageModel
from pipeline.domain.ids import StageModelId

_HOLD = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('stage_model' || CAST(:tenant AS text) || '/' || :line, 0))"
)


class PostgresStageModels:
    """The stage models of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold(self, product_line: str) -> None:
        """Lets nobody else publish for the product line until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id, "line": product_line})

    async def add(self, model: PublishedStageModel) -> None:
        """Keeps a new version."""
        row = {
            "tenant_id": self._tenant_id,
            "product_line": model.product_line,
            "version": model.version,
            "id": model.id,
            "document": dict(model.document),
            "published_at": model.published_at,
            "published_by": model.published_by,
            "note": model.note,
        }
        await self._connection.execute(insert(table), row)

    async def newest(self, product_line: str) -> PublishedStageModel | None:
        """The newest version of exactly this product line; None where it has none."""
        query = select(table).where(table.c.product_line == product_line).order_by(table.c.version.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return _published(row) if row else None

    async def get(self, model_id: StageModelId) -> PublishedStageModel | None:
        """One version, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == model_id))).one_or_none()
        return _published(row) if row else None

    async def page(self, product_line: str | None, after: Cursor | None, size: int) -> Sequence[PublishedStageModel]:
        """Versions of a product line, or of all, newest first, after the cursor, at most `size`."""
        query = select(table)
        if product_line is not None:
            query = query.where(table.c.product_line == product_line)
        if after:
            query = query.where(table.c.id < after.id)
        rows = await self._connection.execute(query.order_by(table.c.id.desc()).limit(size))
        return [_published(row) for row in rows]


def _published(row: SqlRow) -> PublishedStageModel:
    return PublishedStageModel(
        StageModelId(row.id),
        row.product_line,
        row.version,
        row.document,
        row.published_at,
        row.published_by,
        row.note,
    )
