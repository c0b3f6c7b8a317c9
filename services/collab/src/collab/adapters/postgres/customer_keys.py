"""By what customers are found, in PostgreSQL."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Transaction
from chassis.key_locks import hold_keys
from chassis.search_index import SearchIndex
from collab.adapters.postgres.customer_tables import customer_key, customer_search_key
from collab.domain.ids import CustomerId

_SEARCH = SearchIndex(customer_search_key, customer_search_key.c.customer_id)


class PostgresCustomerKeys:
    """The keys of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold(self, buckets: Iterable[int]) -> None:
        """Holds locks on match keys until the transaction ends."""
        await hold_keys(self._connection, buckets)

    async def find(self, keys: Iterable[int]) -> Sequence[CustomerId]:
        """Customers that carry any of the match keys; of a key that very many carry, the newest 50."""
        wanted = sorted(set(keys))
        if not wanted:
            return []
        rows = await self._connection.execute(_FIND, {"keys": wanted, "tenant": self._tenant_id})
        return [CustomerId(str(row.customer_id)) for row in rows]

    async def replace(self, customer_id: CustomerId, keys: Collection[int]) -> None:
        """Sets the match keys of a customer."""
        table = customer_key
        own = delete(table).where(table.c.tenant_id == self._tenant_id, table.c.customer_id == customer_id)
        await self._connection.execute(own)
        rows = [{"tenant_id": self._tenant_id, "key": key, "customer_id": customer_id} for key in keys]
        if rows:
            await self._connection.execute(insert(table).values(rows))

    async def replace_search(self, customer_id: CustomerId, keys: Collection[str]) -> None:
        """Sets the search keys of a customer."""
        await _SEARCH.replace(self._connection, self._tenant_id, customer_id, keys)


_FIND = text(
    "SELECT DISTINCT k.customer_id FROM unnest(CAST(:keys AS bigint[])) q (key) CROSS JOIN LATERAL"
    " (SELECT customer_id FROM customer_key WHERE tenant_id = CAST(:tenant AS uuid) AND key = q.key"
    " ORDER BY customer_id DESC LIMIT 50) k"
)
