"""How far each lead has come and how opportunities stand, in PostgreSQL.

Every upsert is a union, so facts may come in any order and repeat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table, case, func, literal_column, text, tuple_
from sqlalchemy.dialects.postgresql import Insert, insert

from chassis.database import Transaction, execute_all
from chassis.pages import Cursor
from scoring.adapters.postgres.funnel_count import funnel_count
from scoring.adapters.postgres.funnel_list import lead_list, opportunity_list
from scoring.adapters.postgres.tables import (
    joined_submission,
    lead_alarm,
    lead_conversion,
    lead_funnel,
    lead_owner,
    opportunity_progress,
)
from scoring.application.ports import Viewpoint
from scoring.domain.funnel import COUNTS, FunnelQuestion, FunnelRow
from scoring.domain.funnel_cell import FunnelCell, FunnelLead, FunnelOpportunity
from scoring.domain.lead_progress import (
    JoinedSubmission,
    LeadProgress,
    Ownership,
    Step,
    UndoneJoin,
)
from scoring.domain.opportunity_progress import OpportunityProgress

_PROFILE_COLUMNS = ("source", "product_line", "region", "industry")
_LATER_COLUMNS = ("product_line", "stage", "decided_at")
"""Of opportunities: rows from before these columns get them from a snapshot."""
_STEP_COLUMNS = tuple(name for step in Step for name in (f"{step}_at", f"{step}_recorded_at"))
_NEVER: ColumnElement[datetime] = literal_column("timestamptz 'infinity'")
_JOIN_COLUMNS = ("lead_id", "source", "joined_at", "recorded_at")

_KEEP_FIRST_SILENCE = text(
    "UPDATE lead_funnel SET (silent_at, silent_recorded_at) = ("
    "   SELECT s.at, s.recorded_at FROM lead_alarm s"
    "   WHERE s.tenant_id = lead_funnel.tenant_id AND s.lead_id = lead_funnel.lead_id AND s.kind = 'silent'"
    "   AND NOT EXISTS (SELECT FROM lead_alarm w"
    "     WHERE w.tenant_id = s.tenant_id AND w.lead_id = s.lead_id AND w.kind = 'withdrawn'"
    "     AND w.version > s.version AND w.at <= s.at)"
    "   ORDER BY s.version LIMIT 1)"
    " WHERE lead_id = :lead_id"
)
_KEEP_CONVERSION = text(
    "UPDATE lead_funnel SET (converted_at, converted_recorded_at) = ("
    "   SELECT c.at, c.recorded_at FROM lead_conversion c"
    "   WHERE c.tenant_id = lead_funnel.tenant_id AND c.lead_id = lead_funnel.lead_id AND c.kind = 'converted'"
    "   AND NOT EXISTS (SELECT FROM lead_conversion u"
    "     WHERE u.tenant_id = c.tenant_id AND u.lead_id = c.lead_id AND u.kind = 'undone' AND u.version > c.version)"
    "   ORDER BY c.version LIMIT 1)"
    " WHERE lead_id = :lead_id"
)


class PostgresLeadFunnels:
    """The leads of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def note(self, told: Sequence[LeadProgress]) -> None:
        """Adds what facts tell. Order and repetition make no difference."""
        told = sorted(told, key=lambda each: each.lead_id)  # rows are locked in one order by all who write
        await self._run(_NOTE_LEAD, [self._lead(each) for each in told if _tells_of_the_lead(each)])
        await self._run(_NOTE_OWNER, [self._owner(each, each.ownership) for each in told if each.ownership])
        await self._run(_NOTE_JOINED, [self._joined(each, each.joined) for each in told if each.joined])
        alarms = [self._version(each) | asdict(each.alarm) for each in told if each.alarm]
        conversions = [self._version(each) | asdict(each.conversion) for each in told if each.conversion]
        await self._run(_NOTE_ALARM, alarms)
        await self._run(_NOTE_CONVERSION, conversions)
        # The rows of the leads are locked by now, so no other transaction can add an alarm or a conversion in between.
        await self._run(_KEEP_FIRST_SILENCE, _leads_of(alarms))
        await self._run(_KEEP_CONVERSION, _leads_of(conversions))

    async def note_opportunities(self, told: Sequence[OpportunityProgress]) -> None:
        """Adds what facts tell of opportunities. Order and repetition make no difference."""
        ordered = sorted(told, key=lambda each: each.opportunity_id)
        await self._run(_NOTE_OPPORTUNITY, [{"tenant_id": self._tenant_id, **asdict(each)} for each in ordered])

    async def count(self, question: FunnelQuestion, view: Viewpoint) -> Sequence[FunnelRow]:
        """Groups of the leads that the scope includes, in no order."""
        counts = await self._connection.execute(funnel_count(question, view))
        return [_row(dict(row)) for row in counts.mappings()]

    async def leads(self, cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int) -> Sequence[FunnelLead]:
        """Leads or submissions that the cell counts, newest first, after the cursor, at most `size`."""
        listed = await self._connection.execute(lead_list(cell, view, after, size))
        return [FunnelLead(**row) for row in listed.mappings()]

    async def opportunities(
        self, cell: FunnelCell, view: Viewpoint, after: Cursor | None, size: int
    ) -> Sequence[FunnelOpportunity]:
        """Opportunities that the cell counts, newest first, after the cursor, at most `size`."""
        listed = await self._connection.execute(opportunity_list(cell, view, after, size))
        return [FunnelOpportunity(**row) for row in listed.mappings()]

    async def _run(self, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
        await execute_all(self._connection, statement, rows)

    def _lead(self, told: LeadProgress) -> dict[str, object]:
        owner = told.ownership
        row: dict[str, object] = {
            "tenant_id": self._tenant_id,
            "lead_id": told.lead_id,
            **{name: getattr(told, name) for name in _PROFILE_COLUMNS},
            "owner_id": owner.owner_id if owner else None,
            "team_id": owner.team_id if owner else None,
            "owner_version": told.version if owner else 0,
            **dict.fromkeys(_STEP_COLUMNS),
        }
        for step, at in told.reached.items():
            row |= {f"{step}_at": at, f"{step}_recorded_at": told.recorded_at}
        return row

    def _owner(self, told: LeadProgress, ownership: Ownership) -> dict[str, object]:
        return self._version(told) | {"owner_id": ownership.owner_id, "team_id": ownership.team_id}

    def _joined(self, told: LeadProgress, joined: JoinedSubmission | UndoneJoin) -> dict[str, object]:
        is_undone = isinstance(joined, UndoneJoin)
        return {
            "tenant_id": self._tenant_id,
            "submission_id": joined.submission_id,
            "lead_id": told.lead_id,
            "source": joined.source,
            "joined_at": None if isinstance(joined, UndoneJoin) else joined.joined_at,
            "recorded_at": None if is_undone else told.recorded_at,
            "undone_recorded_at": told.recorded_at if is_undone else None,
        }

    def _version(self, told: LeadProgress) -> dict[str, object]:
        """What names a version of a lead, and when it was known."""
        return {
            "tenant_id": self._tenant_id,
            "lead_id": told.lead_id,
            "version": told.version,
            "recorded_at": told.recorded_at,
        }


def _tells_of_the_lead(told: LeadProgress) -> bool:
    return bool(told.source or told.reached or told.ownership or told.alarm or told.conversion)


def _leads_of(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Each lead that the rows name, once, in their order."""
    return [{"lead_id": lead_id} for lead_id in dict.fromkeys(row["lead_id"] for row in rows)]


def _row(columns: dict[str, Any]) -> FunnelRow:
    group, *then = (columns.pop(name) for name in sorted(columns.keys() - set(COUNTS)))
    return FunnelRow(group, then=tuple(then), **columns)


def _first_told(table: Table, upsert: Insert, names: Sequence[str]) -> dict[str, ColumnElement[object]]:
    """What stands there stays; what does not is taken from the new row."""
    return {name: func.coalesce(table.c[name], upsert.excluded[name]) for name in names}


def _upsert_lead() -> Insert:
    upsert = insert(lead_funnel)
    new = upsert.excluded
    is_newer = new.owner_version > lead_funnel.c.owner_version
    union: dict[str, ColumnElement[object]] = {
        **_first_told(lead_funnel, upsert, _PROFILE_COLUMNS),
        **{
            name: case((is_newer, new[name]), else_=lead_funnel.c[name])
            for name in ("owner_id", "team_id", "owner_version")
        },
        **_earliest(lead_funnel, upsert, _STEP_COLUMNS),
    }
    return upsert.on_conflict_do_update(index_elements=["tenant_id", "lead_id"], set_=union)


def _upsert_version(table: Table, key: Sequence[str], earliest: Sequence[str], later: Sequence[str] = ()) -> Insert:
    """A snapshot tells of a version again, later: what counts is when it was known first."""
    upsert = insert(table)
    union = {**_earliest(table, upsert, earliest), **_first_told(table, upsert, later)}
    return upsert.on_conflict_do_update(index_elements=["tenant_id", *key], set_=union)


def _upsert_joined() -> Insert:
    upsert = insert(joined_submission)
    new, kept = upsert.excluded, joined_submission.c
    # Of two joins of one submission the earlier is believed; the undoing of one says least.
    is_earlier = tuple_(func.coalesce(new.recorded_at, _NEVER), new.lead_id) < tuple_(
        func.coalesce(kept.recorded_at, _NEVER), kept.lead_id
    )
    union: dict[str, ColumnElement[object]] = {
        **{name: case((is_earlier, new[name]), else_=kept[name]) for name in _JOIN_COLUMNS},
        **_earliest(joined_submission, upsert, ["undone_recorded_at"]),
    }
    return upsert.on_conflict_do_update(index_elements=["tenant_id", "submission_id"], set_=union)


def _earliest(table: Table, upsert: Insert, names: Sequence[str]) -> dict[str, ColumnElement[object]]:
    return {name: func.least(table.c[name], upsert.excluded[name]) for name in names}


# Made once: to make one of them anew for each fact took longer than to run it.
_NOTE_LEAD = _upsert_lead()
_NOTE_OWNER = _upsert_version(lead_owner, ["lead_id", "version"], ["recorded_at"])
_NOTE_ALARM = _upsert_version(lead_alarm, ["lead_id", "version", "kind"], ["at", "recorded_at"])
_NOTE_CONVERSION = _upsert_version(lead_conversion, ["lead_id", "version", "kind"], ["at", "recorded_at"])
_NOTE_JOINED = _upsert_joined()
_NOTE_OPPORTUNITY = _upsert_version(
    opportunity_progress, ["opportunity_id", "version"], ["recorded_at"], later=_LATER_COLUMNS
)
