"""The stage history in PostgreSQL. The database refuses to change or remove any of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Text, and_, cast, func, insert, literal, select, true

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId
from pipeline.adapters.postgres.opportunity_tables import stage_move as table
from pipeline.application.opportunity_ports import HistoryEntry
from pipeline.domain.ids import OpportunityId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.skip_rate import SkipGrouping, SkipRateQuestion, SkipRateRow
from pipeline.domain.stage_move import MoveKind, StageMove, State

_FORWARD = (MoveKind.ADVANCED.value, MoveKind.SKIPPED.value)
_IS_SKIP = table.c.kind == MoveKind.SKIPPED.value


class PostgresStageMoves:
    """The stage moves of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, opportunity: Opportunity, move: StageMove) -> None:
        """Keeps a move."""
        row = {
            "tenant_id": self._tenant_id,
            "opportunity_id": opportunity.id,
            "number": move.number,
            "kind": move.kind.value,
            "from_stage": move.from_stage,
            "stage": move.stage,
            "state": move.state.value,
            "at": move.at,
            "by": move.by,
            "owner_id": move.owner_id,
            "team_id": move.team_id,
            "product_line": opportunity.product_line,
            "skipped_stages": list(move.skipped_stages),
            "missing_items": list(move.missing_items),
            "reason": move.reason,
            "loss_reason": move.loss_reason,
        }
        await self._connection.execute(insert(table), row)

    async def page(self, opportunity_id: OpportunityId, after: int, size: int) -> Sequence[HistoryEntry]:
        """Entries of one opportunity after a number, oldest first, at most `size`; 0 for all."""
        left_at = func.lead(table.c.at).over(order_by=table.c.number).label("left_at")
        history = select(table, left_at).where(table.c.opportunity_id == opportunity_id).subquery()
        query = select(history).where(history.c.number > after).order_by(history.c.number).limit(size)
        return [HistoryEntry(_move(row), row.left_at) for row in await self._connection.execute(query)]

    async def skip_rates(self, question: SkipRateQuestion, scope: Scope, now: datetime) -> Sequence[SkipRateRow]:
        """Groups of the moves forward that the scope includes, in no order."""
        group = func.coalesce(cast(_group(question.group_by), Text), "").label("group")
        counted = and_(
            table.c.kind.in_(_FORWARD),
            table.c.at >= question.moved_from if question.moved_from else true(),
            table.c.at < question.moved_before if question.moved_before else table.c.at <= now,
            table.c.product_line == question.product_line if question.product_line is not None else true(),
            scope.where(table.c.owner_id, table.c.team_id),
        )
        totals = await self._connection.execute(
            select(group, func.count().label("moves"), func.count().filter(_IS_SKIP).label("skips"))
            .where(counted)
            .group_by("group")
        )
        jumped = func.unnest(table.c.skipped_stages).label("jumped")
        each = select(group, jumped).where(counted, _IS_SKIP).subquery()
        stages: dict[str, Counter[str]] = {}
        for row in await self._connection.execute(
            select(each.c.group, each.c.jumped, func.count().label("times")).group_by(each.c.group, each.c.jumped)
        ):
            stages.setdefault(row.group, Counter())[row.jumped] = row.times
        return [SkipRateRow(row.group, row.moves, row.skips, dict(stages.get(row.group, {}))) for row in totals]


def _group(group_by: SkipGrouping) -> ColumnElement[str | None]:
    match group_by:
        case SkipGrouping.NOTHING:
            return literal("")
        case SkipGrouping.REP:
            return table.c.owner_id
        case SkipGrouping.TEAM:
            return table.c.team_id


def _move(row: SqlRow) -> StageMove:
    return StageMove(
        number=row.number,
        kind=MoveKind(row.kind),
        from_stage=row.from_stage,
        stage=row.stage,
        state=State(row.state),
        at=row.at,
        by=row.by,
        owner_id=PersonId(row.owner_id),
        team_id=TeamId(row.team_id) if row.team_id else None,
        skipped_stages=tuple(row.skipped_stages),
        missing_items=tuple(row.missing_items),
        reason=row.reason,
        loss_reason=row.loss_reason,
    )
