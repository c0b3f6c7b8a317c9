"""Follow-ups in PostgreSQL."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Text, and_, cast, func, insert, literal, select, true

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId
from chassis.merged_walks import OneEach, page_of, walks_of
from chassis.pages import Cursor
from pipeline.adapters.postgres.customer_merges import PostgresCustomerMerges
from pipeline.adapters.postgres.tables import follow_up as table
from pipeline.application.ports import FollowUpFilter
from pipeline.domain.effective_ratio import EffectiveRatioQuestion, EffectiveRatioRow, RatioGrouping
from pipeline.domain.events import FiledDocument
from pipeline.domain.follow_up import FollowUp, NextAction
from pipeline.domain.follow_up_standard import Criterion, FollowUpVerdict
from pipeline.domain.ids import CustomerId, FollowUpId, FollowUpStandardId, LeadId


class PostgresFollowUps:
    """The follow-ups of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id
        self._merges = PostgresCustomerMerges(transaction)

    async def add(self, follow_up: FollowUp) -> None:
        """Keeps a new follow-up."""
        step, verdict = follow_up.next_action, follow_up.verdict
        row = {
            "id": follow_up.id,
            "tenant_id": self._tenant_id,
            "lead_id": follow_up.lead_id,
            "customer_id": follow_up.customer_id,
            "person_id": follow_up.person_id,
            "team_id": follow_up.team_id,
            "channel": follow_up.channel,
            "tags": list(follow_up.tags),
            "summary": follow_up.summary,
            "next_action": step.text if step else None,
            "next_action_at": step.due_at if step else None,
            "occurred_at": follow_up.occurred_at,
            "recorded_at": follow_up.recorded_at,
            "custom": dict(follow_up.custom),
            "version": follow_up.version,
            "documents": [asdict(document) for document in follow_up.documents],
            "decision_chain_update": follow_up.decision_chain_update,
            "customer_type": verdict.customer_type if verdict else "",
            "standard_id": verdict.standard_id if verdict else None,
            "missing_criteria": [criterion.value for criterion in verdict.missing] if verdict else [],
        }
        await self._connection.execute(insert(table), row)

    async def get(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """The follow-up, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == follow_up_id))).one_or_none()
        return _follow_up(row) if row else None

    async def page(self, wanted: FollowUpFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[FollowUp]:
        """Follow-ups that the scope includes, newest first, after the cursor, at most `size`."""
        walks = walks_of(scope, table.c.person_id, table.c.team_id)
        conditions: list[ColumnElement[bool]] = []
        if wanted.lead_id:
            conditions.append(table.c.lead_id == wanted.lead_id)
        if wanted.customer_id:
            # What one customer has is less than what a team has.
            conditions.append(scope.where(table.c.person_id, table.c.team_id))
            walks = [OneEach(table.c.customer_id, await self._merges.family(wanted.customer_id))]
        if wanted.person_id:
            conditions.append(table.c.person_id == wanted.person_id)
        if after:
            conditions.append(table.c.id < after.id)
        query = page_of(table, walks, conditions, order=[table.c.id], size=size, is_descending=True)
        return [_follow_up(row) for row in await self._connection.execute(query)]

    async def first_since(self, lead_id: LeadId, since: datetime) -> FollowUp | None:
        """The earliest follow-up of the lead at or after a moment, or None."""
        query = select(table).where(table.c.lead_id == lead_id, table.c.occurred_at >= since)
        row = (await self._connection.execute(query.order_by(table.c.occurred_at).limit(1))).one_or_none()
        return _follow_up(row) if row else None

    async def effective_ratios(
        self, question: EffectiveRatioQuestion, scope: Scope, now: datetime
    ) -> Sequence[EffectiveRatioRow]:
        """Groups of the judged follow-ups that the scope includes, in no order."""
        group = func.coalesce(cast(_group(question.group_by), Text), "").label("group")
        counted = and_(
            table.c.standard_id.is_not(None),
            table.c.occurred_at >= question.occurred_from if question.occurred_from else true(),
            table.c.occurred_at < question.occurred_before if question.occurred_before else table.c.occurred_at <= now,
            table.c.customer_type == question.customer_type if question.customer_type is not None else true(),
            scope.where(table.c.person_id, table.c.team_id),
        )
        is_effective = func.cardinality(table.c.missing_criteria) == 0
        totals = await self._connection.execute(
            select(group, func.count().label("judged"), func.count().filter(is_effective).label("effective"))
            .where(counted)
            .group_by("group")
        )
        each = select(group, func.unnest(table.c.missing_criteria).label("criterion")).where(counted).subquery()
        missing: dict[str, Counter[str]] = {}
        for row in await self._connection.execute(
            select(each.c.group, each.c.criterion, func.count().label("times")).group_by(each.c.group, each.c.criterion)
        ):
            missing.setdefault(row.group, Counter())[row.criterion] = row.times
        return [
            EffectiveRatioRow(row.group, row.judged, row.effective, dict(missing.get(row.group, {}))) for row in totals
        ]


def _group(group_by: RatioGrouping) -> ColumnElement[str | None]:
    match group_by:
        case RatioGrouping.NOTHING:
            return literal("")
        case RatioGrouping.REP:
            return table.c.person_id
        case RatioGrouping.TEAM:
            return table.c.team_id


def _follow_up(row: SqlRow) -> FollowUp:
    return FollowUp(
        id=FollowUpId(row.id),
        lead_id=LeadId(row.lead_id) if row.lead_id else None,
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        person_id=PersonId(row.person_id),
        team_id=TeamId(row.team_id) if row.team_id else None,
        channel=row.channel,
        tags=tuple(row.tags),
        summary=row.summary,
        next_action=NextAction(row.next_action, row.next_action_at) if row.next_action else None,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        custom=row.custom,
        version=row.version,
        documents=tuple(FiledDocument(**document) for document in row.documents),
        decision_chain_update=row.decision_chain_update,
        verdict=_verdict(row) if row.standard_id else None,
    )


def _verdict(row: SqlRow) -> FollowUpVerdict:
    missing = tuple(Criterion(word) for word in row.missing_criteria)
    return FollowUpVerdict(FollowUpStandardId(row.standard_id), row.customer_type, missing)
