"""The models that score leads, in PostgreSQL: announcements, and the bytes once they are here and verified."""

from collections.abc import Sequence

from sqlalchemy import text

from chassis.database import SqlRow, Transaction
from lead_router.application.model_ports import Announcement


class PostgresLeadModels:
    """The models of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id
        self._now = transaction.now

    async def announce(self, announcement: Announcement) -> None:
        """Keeps an announcement; one that is there already changes nothing."""
        row = {
            "tenant": self._tenant_id,
            "role": announcement.role,
            "sequence": announcement.sequence,
            "model": announcement.model_id,
            "sha256": announcement.sha256,
            "is_stopped": announcement.is_stopped,
            "now": self._now,
        }
        await self._connection.execute(_ANNOUNCE, row)

    async def wanted(self) -> Sequence[Announcement]:
        """Newest announcements of which the bytes are not here yet, and that were not refused."""
        return [_announcement(row) for row in await self._connection.execute(_WANTED)]

    async def keep(self, announcement: Announcement, content: bytes) -> None:
        """Keeps the verified bytes: the model is active from now on."""
        await self._connection.execute(_KEEP, _key(announcement) | {"content": content})

    async def refuse(self, announcement: Announcement, fault: str) -> None:
        """Notes why the bytes cannot be used; the model before stays active."""
        await self._connection.execute(_REFUSE, _key(announcement) | {"fault": fault})

    async def active(self) -> Sequence[Announcement]:
        """Of each role the newest announcement that can be followed."""
        return [_announcement(row) for row in await self._connection.execute(_ACTIVE)]

    async def content(self, announcement: Announcement) -> bytes:
        """The bytes of an active model."""
        return bytes(await self._connection.scalar(_CONTENT, _key(announcement)) or b"")


def _key(announcement: Announcement) -> dict[str, object]:
    return {"role": announcement.role, "sequence": announcement.sequence}


def _announcement(row: SqlRow) -> Announcement:
    return Announcement(row.role, row.sequence, str(row.model_id), row.sha256, row.is_stopped)


_ANNOUNCE = text(
    "INSERT INTO lead_model (tenant_id, role, sequence, model_id, sha256, is_stopped, announced_at, fault)"
    " VALUES (:tenant, :role, :sequence, CAST(:model AS uuid), :sha256, :is_stopped, :now, '') ON CONFLICT DO NOTHING"
)
_WANTED = text(
    "SELECT * FROM (SELECT DISTINCT ON (role) role, sequence, model_id, sha256, is_stopped,"
    " artifact IS NULL AND fault = '' AND NOT is_stopped AS is_wanted FROM lead_model ORDER BY role, sequence DESC) n"
    " WHERE is_wanted"
)
_KEEP = text("UPDATE lead_model SET artifact = :content, fault = '' WHERE role = :role AND sequence = :sequence")
_REFUSE = text("UPDATE lead_model SET fault = :fault WHERE role = :role AND sequence = :sequence")
_ACTIVE = text(
    "SELECT DISTINCT ON (role) role, sequence, model_id, sha256, is_stopped FROM lead_model"
    " WHERE artifact IS NOT NULL OR is_stopped ORDER BY role, sequence DESC"
)
_CONTENT = text("SELECT artifact FROM lead_model WHERE role = :role AND sequence = :sequence")
