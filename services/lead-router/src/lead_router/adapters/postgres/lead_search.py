"""The keys by which leads are found, in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    and_,
    column,
    or_,
    table,
)

from chassis.authorization import Scope
from chassis.database import Transaction
from chassis.search_index import SearchIndex, Within
from chassis.tables import tenant_column
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_search import LeadSearchKeys
from lead_router.domain.lead_state import LeadState

lead_search_key = Table(
    "lead_search_key",
    MetaData(),
    tenant_column(),
    Column("key", Text(collation="C"), nullable=False),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("is_personal", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant_id", "key", "lead_id", name="lead_search_key_pkey"),
    Index("lead_search_key_lead_idx", "tenant_id", "lead_id"),
)
_UUID = Uuid(as_uuid=False)
_LEAD = table("lead", *(column(name, _UUID) for name in ("tenant_id", "id", "owner_id", "team_id")), column("state"))
_INDEX = SearchIndex(lead_search_key, lead_search_key.c.lead_id)
_NOT_SHOWN = (LeadState.MERGED.value, LeadState.ERASED.value)


class PostgresLeadSearch:
    """The search keys of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def replace(self, lead_id: LeadId, keys: LeadSearchKeys) -> None:
        """Sets the keys of a lead."""
        await _INDEX.replace(self._connection, self._tenant_id, lead_id, keys.open, is_personal=False)
        await _INDEX.add(self._connection, self._tenant_id, lead_id, keys.personal, is_personal=True)

    async def nearest(self, beginning: str, seen: Scope, seen_in_clear: Scope, size: int) -> Sequence[LeadId]:
        """Leads with a key that begins so, nearest first, at most `size`.

        Args:
            beginning: what a key must begin with.
            seen: leads that the caller may see.
            seen_in_clear: those of them that are found by personal data too.
            size: most of them.
        """
        keys, owner_id, team_id = lead_search_key.c, _LEAD.c.owner_id, _LEAD.c.team_id
        visible = seen.where(owner_id, team_id)
        where = and_(
            visible,
            or_(keys.is_personal.is_(False), seen_in_clear.where(owner_id, team_id)),
            _LEAD.c.state.not_in(_NOT_SHOWN),
        )
        joined = and_(_LEAD.c.tenant_id == keys.tenant_id, _LEAD.c.id == keys.lead_id)
        ids = await _INDEX.nearest(
            self._connection,
            self._tenant_id,
            beginning,
            among=(_LEAD, joined),
            where=where,
            size=size,
            within=None if seen.kind == "all" else Within(_LEAD.c.id, visible, keys.lead_id),
        )
        return [LeadId(each) for each in ids]
