"""Timelines in PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, cast, func, or_, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert

from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId
from chassis.key_locks import hold_keys
from chassis.pages import Cursor
from collab.adapters.postgres.cursors import by_moment
from collab.adapters.postgres.timeline_tables import timeline_entry as table
from collab.adapters.postgres.timeline_tables import timeline_lead as leads
from collab.domain.ids import CustomerId, LeadId
from collab.domain.timeline import Place, TimelineEntry, TimelineFilter


class PostgresTimeline:
    """The timelines of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, entry: TimelineEntry) -> None:
        """Keeps an entry; one that is there already stays. One that has its customer from its lead gets it."""
        customer_id = entry.customer_id
        if customer_id is None and entry.lead_id is not None:
            await self._hold(entry.lead_id)
            lead = {"tenant_id": self._tenant_id, "lead_id": entry.lead_id}
            customer_id = await self._connection.scalar(_LINKED, lead)
        row = {
            "id": entry.id,
            "tenant_id": self._tenant_id,
            "customer_id": customer_id,
            "lead_id": entry.lead_id,
            "is_by_lead": entry.is_by_lead,
            "kind": entry.kind,
            "occurred_at": entry.occurred_at,
            "recorded_at": entry.recorded_at,
            "actor": entry.actor,
            "person_id": entry.person_id,
            "department": entry.place.department,
            "roles": list(entry.place.roles),
            "resource": entry.resource,
            "reference_ids": dict(entry.references),
            "facts": dict(entry.facts),
        }
        await self._connection.execute(_ADD, row)

    async def link(self, lead_id: LeadId, customer_id: CustomerId | None, at: datetime) -> None:
        """Gives what is and will be told of a lead to a customer; None takes it back. What was decided last counts."""
        await self._hold(lead_id)
        row = {"tenant_id": self._tenant_id, "lead_id": lead_id, "customer_id": customer_id, "decided_at": at}
        decided = await self._connection.execute(_LINK, row)
        if decided.rowcount:
            told = (table.c.tenant_id == self._tenant_id, table.c.lead_id == lead_id, table.c.is_by_lead.is_(True))
            await self._connection.execute(update(table).where(*told).values(customer_id=customer_id))

    async def page(
        self, customer_ids: Collection[CustomerId], wanted: TimelineFilter, before: Cursor | None, size: int
    ) -> Sequence[TimelineEntry]:
        """Entries of these customers, newest first, after the cursor, at most `size`."""
        # One walk along the index for each customer of the family, each ended after `size` rows: the cost does not grow
        # with what a customer has been through.
        asked = select(func.unnest(cast(list(customer_ids), ARRAY(table.c.id.type))).label("id")).subquery("asked")
        newest = (table.c.occurred_at.desc(), table.c.id.desc())
        conditions = [table.c.tenant_id == self._tenant_id, table.c.customer_id == asked.c.id, *_conditions(wanted)]
        if before:
            conditions.append(tuple_(table.c.occurred_at, table.c.id) < by_moment(before))
        of_each = select(table).where(*conditions).order_by(*newest).limit(size).lateral("entry")
        query = select(of_each).select_from(asked.join(of_each, true()))
        rows = await self._connection.execute(
            query.order_by(of_each.c.occurred_at.desc(), of_each.c.id.desc()).limit(size)
        )
        return [_entry(row) for row in rows]

    async def _hold(self, lead_id: LeadId) -> None:
        """A lead's facts and its link come on several topics: without this, one of two at once would miss the other."""
        low = UUID(lead_id).int & (2**64 - 1)  # the random half of a UUIDv7
        await hold_keys(self._connection, [low - 2**63])


def _conditions(wanted: TimelineFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kinds:
        found.append(or_(*(_is_kind(kind) for kind in wanted.kinds)))
    if wanted.departments:
        found.append(table.c.department.in_(wanted.departments))
    if wanted.since:
        found.append(table.c.occurred_at >= wanted.since)
    if wanted.until:
        found.append(table.c.occurred_at < wanted.until)
    return found


def _is_kind(kind: str) -> ColumnElement[bool]:
    return table.c.kind == kind if "." in kind else table.c.kind.startswith(f"{kind}.", autoescape=True)


def _entry(row: SqlRow) -> TimelineEntry:
    return TimelineEntry(
        id=row.id,
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        lead_id=LeadId(row.lead_id) if row.lead_id else None,
        kind=row.kind,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        actor=row.actor,
        person_id=PersonId(row.person_id) if row.person_id else None,
        resource=row.resource,
        place=Place(row.department, tuple(row.roles)),
        references=row.reference_ids,
        facts=row.facts,
    )


def _upsert_link() -> Insert:
    kept = insert(leads)
    return kept.on_conflict_do_update(
        index_elements=["tenant_id", "lead_id"],
        set_={"customer_id": kept.excluded.customer_id, "decided_at": kept.excluded.decided_at},
        where=leads.c.decided_at <= kept.excluded.decided_at,
    )


# Made once, for the timeline hears of everything: to make them anew for each event takes longer than to run them.
_ADD = insert(table).on_conflict_do_nothing(index_elements=["id"])
_LINK = _upsert_link()
_LINKED = select(leads.c.customer_id).where(
    leads.c.tenant_id == bindparam("tenant_id"), leads.c.lead_id == bindparam("lead_id")
)
