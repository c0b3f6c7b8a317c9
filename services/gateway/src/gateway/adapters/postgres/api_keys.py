"""API keys in PostgreSQL: facts and digests, never a key."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, insert, select, text, update

from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId
from chassis.pages import Cursor
from gateway.adapters.postgres.tables import api_key as table
from gateway.application.api_key_ports import ApiKeyFilter
from gateway.domain.api_key import ApiKey
from gateway.domain.ids import ApiKeyId


class PostgresApiKeys:
    """The keys of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold_all(self) -> None:
        """Lets nobody else add one until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id})

    async def count_good(self, now: datetime) -> int:
        """How many are good at a moment of real time."""
        return int(await self._connection.scalar(select(func.count()).select_from(table).where(_good(now))) or 0)

    async def get(self, api_key_id: ApiKeyId) -> ApiKey | None:
        """The key, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == api_key_id))).one_or_none()
        return _key(row) if row else None

    async def lock(self, api_key_id: ApiKeyId) -> ApiKey | None:
        """The key, held until the transaction ends, or None."""
        query = select(table).where(table.c.id == api_key_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return _key(row) if row else None

    async def with_prefix(self, prefix: str) -> ApiKey | None:
        """The key with this prefix, or None."""
        row = (await self._connection.execute(select(table).where(table.c.prefix == prefix))).one_or_none()
        return _key(row) if row else None

    async def page(self, wanted: ApiKeyFilter, after: Cursor | None, size: int) -> Sequence[ApiKey]:
        """Keys, newest first, after the cursor, at most `size`."""
        query = select(table).order_by(table.c.id.desc()).limit(size)
        if wanted.person_id is not None:
            query = query.where(table.c.person_id == wanted.person_id)
        if wanted.good_at is not None:
            query = query.where(_good(wanted.good_at))
        if after:
            query = query.where(table.c.id < after.id)
        return [_key(row) for row in await self._connection.execute(query)]

    async def add(self, key: ApiKey) -> None:
        """Keeps a new key."""
        row = {
            "id": key.id,
            "tenant_id": self._tenant_id,
            "name": key.name,
            "person_id": key.person_id,
            "permissions": list(key.permissions),
            "prefix": key.prefix,
            "digest": key.digest,
            "rate_per_s": key.rate_per_s,
            "created_by": key.created_by,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
        }
        await self._connection.execute(insert(table).values(row))

    async def revoke(self, key: ApiKey) -> None:
        """Keeps the end of a key."""
        await self._connection.execute(update(table).where(table.c.id == key.id).values(revoked_at=key.revoked_at))

    async def note_used(self, used: Mapping[ApiKeyId, datetime]) -> None:
        """Keeps when keys were used last; other processes may have noted a later moment."""
        await self._connection.execute(_NOTE_USED, {"ids": list(used), "moments": list(used.values())})


def _good(now: datetime) -> ColumnElement[bool]:
    return and_(table.c.revoked_at.is_(None), table.c.expires_at > now)


def _key(row: SqlRow) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(str(row.id)),
        name=row.name,
        person_id=PersonId(str(row.person_id)),
        permissions=tuple(row.permissions),
        prefix=row.prefix,
        digest=row.digest,
        rate_per_s=row.rate_per_s,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )


_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('api_key' || CAST(:tenant AS text), 0))")
_NOTE_USED = text(
    "UPDATE api_key k SET last_used_at = greatest(k.last_used_at, u.at)"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[])) AS u (id, at) WHERE k.id = u.id"
)
