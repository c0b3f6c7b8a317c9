"""The tenant's settings of the customer master in PostgreSQL."""

from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.database import SqlRow, Transaction
from collab.adapters.postgres.customer_tables import customer_settings as table
from collab.domain.customer_settings import CustomerSettings, Grade


class PostgresCustomerSettings:
    """Row-level security shows one row at the most; a tenant that never set anything has none until one is held."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self) -> CustomerSettings:
        """The settings; those that every tenant begins with where nothing was set."""
        row = (await self._connection.execute(select(table))).one_or_none()
        return _settings(row) if row else CustomerSettings()

    async def share(self) -> CustomerSettings:
        """The settings, which nobody changes until the transaction ends."""
        return await self._held(select(table).with_for_update(read=True))

    async def lock(self) -> CustomerSettings:
        """The settings, which nobody shares or changes until the transaction ends."""
        return await self._held(select(table).with_for_update())

    async def save(self, settings: CustomerSettings) -> None:
        """Keeps changed settings, which must be held."""
        await self._connection.execute(update(table).values(_facts(settings)))

    async def _held(self, query: Select[Any]) -> CustomerSettings:
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            first = insert(table).values(tenant_id=self._tenant_id, **_facts(CustomerSettings()))
            await self._connection.execute(first.on_conflict_do_nothing())
            row = (await self._connection.execute(query)).one()
        return _settings(row)


def _facts(settings: CustomerSettings) -> dict[str, object]:
    return {
        "key_fields": list(settings.key_fields),
        "grades": [[grade.code, grade.name] for grade in settings.grades],
        "target_pct": settings.target_percent,
        "version": settings.version,
    }


def _settings(row: SqlRow) -> CustomerSettings:
    return CustomerSettings(
        key_fields=tuple(row.key_fields),
        grades=tuple(Grade(code, name) for code, name in row.grades),
        target_percent=row.target_pct,
        version=row.version,
    )
