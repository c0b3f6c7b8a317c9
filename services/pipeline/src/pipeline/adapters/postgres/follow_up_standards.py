"""Standards of effective follow-ups, and the types of customers, in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.database import SqlRow, Transaction
from chassis.pages import Cursor
from pipeline.adapters.postgres.follow_up_tables import customer_type, follow_up_standard
from pipeline.application.follow_up_ports import PublishedStandard
from pipeline.domain.follow_up_standard import Criterion, FollowUpStandard
from pipeline.domain.ids import FollowUpStandardId

_HOLD = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('follow_up_standard' || CAST(:tenant AS text) || '/' || :type, 0))"
)


class PostgresFollowUpStandards:
    """The standards of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold(self, customer_type: str) -> None:
        """Lets nobody else publish for the type until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id, "type": customer_type})

    async def add(self, published: PublishedStandard) -> None:
        """Keeps a new version."""
        standard = published.standard
        row = {
            "tenant_id": self._tenant_id,
            "customer_type": standard.customer_type,
            "version": standard.version,
            "id": standard.id,
            "criteria": [criterion.value for criterion in standard.criteria],
            "document_kinds": list(standard.document_kinds),
            "published_at": published.published_at,
            "published_by": published.published_by,
            "note": published.note,
        }
        await self._connection.execute(insert(follow_up_standard), row)

    async def newest(self, customer_type: str) -> PublishedStandard | None:
        """The newest version of exactly this type; None where it has none."""
        table = follow_up_standard
        query = select(table).where(table.c.customer_type == customer_type).order_by(table.c.version.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return _published(row) if row else None

    async def page(self, customer_type: str | None, after: Cursor | None, size: int) -> Sequence[PublishedStandard]:
        """Versions of a type, or of all, newest first, after the cursor, at most `size`."""
        table = follow_up_standard
        query = select(table)
        if customer_type is not None:
            query = query.where(table.c.customer_type == customer_type)
        if after:
            query = query.where(table.c.id < after.id)
        rows = await self._connection.execute(query.order_by(table.c.id.desc()).limit(size))
        return [_published(row) for row in rows]


class PostgresCustomerTypes:
    """What type the leads and customers of the transaction's tenant are of."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self, subject_id: str) -> str:
        """Type of a lead or a customer; empty where it is not known."""
        query = select(customer_type.c.customer_type).where(customer_type.c.subject_id == subject_id)
        return str(await self._connection.scalar(query) or "")

    async def put(self, subject_id: str, type_: str, version: int) -> None:
        """Keeps what an event told, unless a newer one told more."""
        row = {"tenant_id": self._tenant_id, "subject_id": subject_id, "customer_type": type_, "version": version}
        told = upsert(customer_type).values(row)
        newer = {"customer_type": told.excluded.customer_type, "version": told.excluded.version}
        await self._connection.execute(
            told.on_conflict_do_update(
                index_elements=["tenant_id", "subject_id"],
                set_=newer,
                where=customer_type.c.version < told.excluded.version,
            )
        )


def _published(row: SqlRow) -> PublishedStandard:
    standard = FollowUpStandard(
        FollowUpStandardId(row.id),
        row.customer_type,
        row.version,
        tuple(Criterion(word) for word in row.criteria),
        tuple(row.document_kinds),
    )
    return PublishedStandard(standard, row.published_at, row.published_by, row.note)
