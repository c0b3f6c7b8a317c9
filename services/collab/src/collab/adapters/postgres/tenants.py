"""The transaction's tenant in PostgreSQL."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.database import SqlRow, Transaction
from chassis.errors import NotFound
from chassis.ids import PersonId, TenantId
from collab.adapters.postgres.tables import tenant_profile as table
from collab.domain.tenant import Tenant


class PostgresTenants:
    """Row-level security shows one row at the most."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self) -> Tenant | None:
        """The tenant, or None where it was never made."""
        row = (await self._connection.execute(select(table))).one_or_none()
        return _tenant(row) if row else None

    async def lock(self) -> Tenant:
        """The tenant, held until the transaction ends.

        Raises:
            NotFound: it was never made.
        """
        row = (await self._connection.execute(select(table).with_for_update())).one_or_none()
        if row is None:
            raise NotFound("tenant", self._tenant_id)
        return _tenant(row)

    async def add(self, tenant: Tenant) -> bool:
        """Keeps a new tenant; False where it is there already, also when a rival made it just now."""
        row = {
            "tenant_id": tenant.id,
            "name": tenant.name,
            "zone": tenant.zone,
            "currency": tenant.currency,
            "locale": tenant.locale,
            "founder_id": tenant.founder_id,
            "is_active": tenant.is_active,
            "created_at": tenant.created_at,
            "version": tenant.version,
        }
        added = await self._connection.execute(insert(table).values(row).on_conflict_do_nothing())
        return bool(added.rowcount)


def _tenant(row: SqlRow) -> Tenant:
    return Tenant(
        id=TenantId(row.tenant_id),
        name=row.name,
        zone=row.zone,
        currency=row.currency,
        locale=row.locale,
        founder_id=PersonId(row.founder_id),
        created_at=row.created_at,
        is_active=row.is_active,
        version=row.version,
    )
