"""Every version of every customer in PostgreSQL; the application may add rows and change none."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from chassis.database import Transaction
from collab.adapters.postgres.customer_rows import customer_of, document_of
from collab.adapters.postgres.customer_tables import customer_version as table
from collab.application.customer_ports import CustomerVersion
from collab.domain.customer import Customer
from collab.domain.ids import CustomerId


class PostgresCustomerHistory:
    """The versions of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, customer: Customer, actor: str) -> None:
        """Keeps the customer as this version has it."""
        row = {
            "tenant_id": self._tenant_id,
            "customer_id": customer.id,
            "version": customer.version,
            "recorded_at": customer.updated_at,
            "actor": actor,
            "document": document_of(customer),
        }
        await self._connection.execute(insert(table).values(row))

    async def as_of(self, customer_id: CustomerId, moment: datetime) -> Customer | None:
        """The customer as it was; None where it was not there yet."""
        query = (
            select(table.c.document)
            .where(
                table.c.tenant_id == self._tenant_id,
                table.c.customer_id == customer_id,
                table.c.recorded_at <= moment,
            )
            .order_by(table.c.version.desc())
            .limit(1)
        )
        document = await self._connection.scalar(query)
        return customer_of(document) if document else None

    async def before(self, customer_id: CustomerId, version: int | None, size: int) -> Sequence[CustomerVersion]:
        """Versions below the given one, the newest first, at most `size`; from the present one for None."""
        query = select(table).where(table.c.tenant_id == self._tenant_id, table.c.customer_id == customer_id)
        if version is not None:
            query = query.where(table.c.version < version)
        rows = await self._connection.execute(query.order_by(table.c.version.desc()).limit(size))
        return [CustomerVersion(customer_of(row.document), row.recorded_at, row.actor) for row in rows]
