"""The read copy of merges of customers in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import text

from chassis.database import Transaction
from pipeline.domain.ids import CustomerId


class PostgresCustomerMerges:
    """Which customers of the transaction's tenant were made one."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def put(self, customer_id: CustomerId, merged_into: CustomerId | None, version: int) -> None:
        """Keeps what an event told, unless a newer one told more. One that never was merged leaves no row."""
        row = {"tenant": self._tenant_id, "customer": customer_id, "merged_into": merged_into, "version": version}
        await self._connection.execute(_UPDATE if merged_into is None else _PUT, row)

    async def family(self, customer_id: str) -> Sequence[CustomerId]:
        """The customer with all that are one with it now, whichever of them is asked for."""
        rows = await self._connection.execute(_FAMILY, {"tenant": self._tenant_id, "customer": customer_id})
        return [CustomerId(str(row.id)) for row in rows]


_UPDATE = text(
    "UPDATE customer_merge SET merged_into = CAST(:merged_into AS uuid), version = :version"
    " WHERE tenant_id = CAST(:tenant AS uuid) AND customer_id = CAST(:customer AS uuid) AND version < :version"
)
_PUT = text(
    "INSERT INTO customer_merge AS known (tenant_id, customer_id, merged_into, version)"
    " VALUES (CAST(:tenant AS uuid), CAST(:customer AS uuid), CAST(:merged_into AS uuid), :version)"
    " ON CONFLICT (tenant_id, customer_id) DO UPDATE"
    " SET merged_into = excluded.merged_into, version = excluded.version WHERE known.version < excluded.version"
)
# Up to the customer under which it goes on, then down to all that went into that one. Events of two customers may come
# in any order, so a circle can stand here for a moment: UNION ends it.
_FAMILY = text(
    "WITH RECURSIVE above AS (SELECT CAST(:customer AS uuid) AS id"
    " UNION SELECT m.merged_into FROM above a JOIN customer_merge m"
    " ON m.tenant_id = CAST(:tenant AS uuid) AND m.customer_id = a.id WHERE m.merged_into IS NOT NULL),"
    " family AS (SELECT id FROM above"
    " UNION SELECT m.customer_id FROM family f JOIN customer_merge m"
    " ON m.tenant_id = CAST(:tenant AS uuid) AND m.merged_into = f.id)"
    " SELECT id FROM family"
)
