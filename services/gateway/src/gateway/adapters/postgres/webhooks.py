"""Webhooks in PostgreSQL."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from chassis.database import SqlRow, Transaction
from chassis.pages import Cursor
from gateway.adapters.postgres.tables import webhook as table
from gateway.adapters.postgres.tables import webhook_queue
from gateway.domain.ids import WebhookId
from gateway.domain.webhook import EventFilter, SealedSecrets, Webhook, WebhookSpec, WebhookState

_ARCHIVED = WebhookState.ARCHIVED.value


class PostgresWebhooks:
    """The webhooks of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold_all(self) -> None:
        """Lets nobody else add one until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id})

    async def count_in_use(self) -> int:
        """How many are not archived."""
        query = select(func.count()).select_from(table).where(table.c.state != _ARCHIVED)
        return int(await self._connection.scalar(query) or 0)

    async def get(self, webhook_id: WebhookId) -> Webhook | None:
        """The webhook, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == webhook_id))).one_or_none()
        return webhook_of(row) if row else None

    async def lock(self, webhook_id: WebhookId) -> Webhook | None:
        """The webhook, held until the transaction ends, or None."""
        query = select(table).where(table.c.id == webhook_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return webhook_of(row) if row else None

    async def page(self, after: Cursor | None, size: int, *, with_archived: bool) -> Sequence[Webhook]:
        """Webhooks, newest first, after the cursor, at most `size`."""
        query = select(table).order_by(table.c.id.desc()).limit(size)
        if after:
            query = query.where(table.c.id < after.id)
        if not with_archived:
            query = query.where(table.c.state != _ARCHIVED)
        return [webhook_of(row) for row in await self._connection.execute(query)]

    async def asking_for(self, event_types: AbstractSet[str]) -> Sequence[Webhook]:
        """Those in use that ask for events of one of these types at least."""
        asked = {"event_types": sorted(event_types)}
        return [webhook_of(row) for row in await self._connection.execute(_ASKING_FOR, asked)]

    async def save(self, webhook: Webhook) -> None:
        """Keeps a new or changed webhook."""
        row = {"tenant_id": self._tenant_id, **_row_of(webhook)}
        written = insert(table).values(row)
        changed = {name: written.excluded[name] for name in row if name not in ("id", "tenant_id")}
        await self._connection.execute(written.on_conflict_do_update(constraint="webhook_pkey", set_=changed))
        queue = {"webhook_id": webhook.id, "tenant_id": self._tenant_id}
        await self._connection.execute(insert(webhook_queue).values(queue).on_conflict_do_nothing())


def webhook_of(row: SqlRow) -> Webhook:
    """A webhook out of its row."""
    filters = tuple(EventFilter(field, tuple(values)) for field, values in row.filters)
    return Webhook(
        id=WebhookId(str(row.id)),
        spec=WebhookSpec(row.name, row.url, tuple(row.event_types), filters),
        secrets=SealedSecrets(row.secret, row.old_secret, row.old_secret_until),
        state=WebhookState(row.state),
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def _row_of(webhook: Webhook) -> dict[str, object]:
    spec = webhook.spec
    return {
        "id": webhook.id,
        "name": spec.name,
        "url": spec.url,
        "event_types": list(spec.event_types),
        "filters": [[each.field, list(each.values)] for each in spec.filters],
        "secret": webhook.secrets.present,
        "old_secret": webhook.secrets.old,
        "old_secret_until": webhook.secrets.old_until,
        "state": webhook.state.value,
        "created_by": webhook.created_by,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
        "version": webhook.version,
    }


_ASKING_FOR = (
    select(table)
    .where(table.c.state != _ARCHIVED, table.c.event_types.overlap(bindparam("event_types", type_=ARRAY(Text))))
    .order_by(table.c.id)
)
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('webhook' || CAST(:tenant AS text), 0))")
