"""Summaries of first contacts in PostgreSQL."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select, text, update
from sqlalchemy.dialects.postgresql import insert

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId
from chassis.pages import Cursor
from pipeline.adapters.postgres.first_contact_tables import first_contact_settings as settings_table
from pipeline.adapters.postgres.first_contact_tables import first_contact_summary as table
from pipeline.domain.first_contact import FirstContactSettings, FirstContactSummary, IntentLevel, SummaryContent
from pipeline.domain.ids import FollowUpId, LeadId

_HOLD_SETTINGS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('first_contact_settings' || CAST(:tenant AS text), 0))"
)
_MINUTE = timedelta(minutes=1)


class PostgresFirstContacts:
    """Those of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, summary: FirstContactSummary) -> bool:
        """Keeps a new summary; False where the lead has one."""
        new = insert(table).values(self._row(summary)).on_conflict_do_nothing()
        return await self._connection.scalar(new.returning(table.c.lead_id)) is not None

    async def get(self, lead_id: LeadId) -> FirstContactSummary | None:
        """The summary of a lead, or None."""
        return await self._one(select(table).where(table.c.lead_id == lead_id))

    async def lock(self, lead_id: LeadId) -> FirstContactSummary | None:
        """The summary of a lead, held until the transaction ends; or None."""
        return await self._one(select(table).where(table.c.lead_id == lead_id).with_for_update())

    async def save(self, summary: FirstContactSummary) -> None:
        """Keeps a changed summary that is held."""
        row = self._row(summary)
        await self._connection.execute(update(table).where(table.c.lead_id == summary.lead_id).values(row))

    async def page(
        self, person_id: str, scope: Scope, after: Cursor | None, size: int, *, only_overdue: bool
    ) -> Sequence[FirstContactSummary]:
        """Open summaries that the scope includes, the latest opened first, after the cursor, at most `size`."""
        query = select(table).where(table.c.submitted_at.is_(None), scope.where(table.c.person_id, table.c.team_id))
        if person_id:
            query = query.where(table.c.person_id == person_id)
        if only_overdue:
            query = query.where(table.c.is_overdue)
        if after:
            query = query.where(table.c.follow_up_id < after.id)
        rows = await self._connection.execute(query.order_by(table.c.follow_up_id.desc()).limit(size))
        return [_summary(row) for row in rows]

    async def settings(self) -> FirstContactSettings:
        """The settings; those that every tenant begins with where nothing was set."""
        row = (await self._connection.execute(select(settings_table))).one_or_none()
        if row is None:
            return FirstContactSettings()
        levels = tuple(IntentLevel(level["code"], level["name"]) for level in row.intent_levels)
        return FirstContactSettings(row.limit_min * _MINUTE, levels, row.version)

    async def lock_settings(self) -> FirstContactSettings:
        """The settings, which nobody else changes until the transaction ends."""
        await self._connection.execute(_HOLD_SETTINGS, {"tenant": self._tenant_id})
        return await self.settings()

    async def save_settings(self, settings: FirstContactSettings) -> None:
        """Keeps changed settings."""
        row = {
            "tenant_id": self._tenant_id,
            "limit_min": settings.limit // _MINUTE,
            "intent_levels": [{"code": level.code, "name": level.name} for level in settings.intent_levels],
            "version": settings.version,
        }
        kept = insert(settings_table).values(row)
        changing = {name: kept.excluded[name] for name in row if name != "tenant_id"}
        await self._connection.execute(kept.on_conflict_do_update(index_elements=["tenant_id"], set_=changing))

    async def _one(self, query: Select[Any]) -> FirstContactSummary | None:
        row = (await self._connection.execute(query)).one_or_none()
        return _summary(row) if row else None

    def _row(self, summary: FirstContactSummary) -> dict[str, Any]:
        content = summary.content
        return {
            "tenant_id": self._tenant_id,
            "lead_id": summary.lead_id,
            "follow_up_id": summary.follow_up_id,
            "person_id": summary.person_id,
            "team_id": summary.team_id,
            "contacted_at": summary.contacted_at,
            "due_at": summary.due_at,
            "is_overdue": summary.is_overdue,
            "pain_point": content.pain_point if content else None,
            "decision_chain": content.decision_chain if content else None,
            "intent_level": content.intent_level if content else None,
            "submitted_by": summary.submitted_by,
            "submitted_at": summary.submitted_at,
            "version": summary.version,
        }


def _summary(row: SqlRow) -> FirstContactSummary:
    is_open = row.submitted_at is None
    return FirstContactSummary(
        lead_id=LeadId(row.lead_id),
        follow_up_id=FollowUpId(row.follow_up_id),
        person_id=PersonId(row.person_id),
        team_id=TeamId(row.team_id) if row.team_id else None,
        contacted_at=row.contacted_at,
        due_at=row.due_at,
        is_overdue=row.is_overdue,
        content=None if is_open else SummaryContent(row.pain_point, row.decision_chain, row.intent_level),
        submitted_by=row.submitted_by,
        submitted_at=row.submitted_at,
        version=row.version,
    )
