"""Opportunities in PostgreSQL: how each is, and every version as it was."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.merged_walks import OneEach, page_of, walks_of
from chassis.pages import Cursor
from chassis.search_index import SearchIndex, Within
from matching.search_keys import search_keys
from pipeline.adapters.postgres.customer_merges import PostgresCustomerMerges
from pipeline.adapters.postgres.opportunity_rows import opportunity_of, row_of
from pipeline.adapters.postgres.opportunity_tables import opportunity as table
from pipeline.adapters.postgres.opportunity_tables import opportunity_revision as revision
from pipeline.adapters.postgres.opportunity_tables import opportunity_search_key, stage_model
from pipeline.application.opportunity_ports import OpportunityFilter
from pipeline.domain.default_stage_model import DEFAULT_STAGE_MODEL
from pipeline.domain.ids import OpportunityId, StageModelId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.stage_model import StageModel
from pipeline.domain.stage_model_document import parse

_INDEX = SearchIndex(opportunity_search_key, opportunity_search_key.c.opportunity_id)
_FILTERED = ("owner_id", "team_id", "lead_id", "stage", "state")


class PostgresOpportunities:
    """The opportunities of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id
        self._merges = PostgresCustomerMerges(transaction)
        self._models = {DEFAULT_STAGE_MODEL.id: DEFAULT_STAGE_MODEL}

    async def add(self, opportunity: Opportunity) -> None:
        """Keeps a new opportunity, with its first revision."""
        await self._connection.execute(insert(table), row_of(opportunity, self._tenant_id))
        await self._index(opportunity)
        await self._revise(opportunity)

    async def save(self, opportunity: Opportunity) -> None:
        """Keeps a changed opportunity that is held, with its revision."""
        row = row_of(opportunity, self._tenant_id)
        title = await self._connection.scalar(select(table.c.title).where(table.c.id == opportunity.id))
        await self._connection.execute(update(table).where(table.c.id == opportunity.id).values(row))
        if title != opportunity.details.title:
            await self._index(opportunity)
        await self._revise(opportunity)

    async def lock(self, opportunity_id: OpportunityId) -> Opportunity | None:
        """The opportunity, held until the transaction ends; or None."""
        return await self._one(select(table).where(table.c.id == opportunity_id).with_for_update())

    async def get(self, opportunity_id: OpportunityId) -> Opportunity | None:
        """The opportunity as it is, or None."""
        return await self._one(select(table).where(table.c.id == opportunity_id))

    async def as_of(self, opportunity_id: OpportunityId, at: datetime) -> Opportunity | None:
        """The opportunity as it was at a moment; None before it was created."""
        until = select(revision).where(revision.c.id == opportunity_id, revision.c.changed_at <= at)
        return await self._one(until.order_by(revision.c.version.desc()).limit(1))

    async def page(
        self, wanted: OpportunityFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[Opportunity]:
        """Opportunities that the scope includes, newest first, after the cursor, at most `size`."""
        walks = walks_of(scope, table.c.owner_id, table.c.team_id)
        conditions = [table.c[name] == value for name in _FILTERED if (value := getattr(wanted, name))]
        if wanted.customer_id:
            # What one customer has is less than what a team has.
            conditions.append(scope.where(table.c.owner_id, table.c.team_id))
            walks = [OneEach(table.c.customer_id, await self._merges.family(wanted.customer_id))]
        if wanted.product_line is not None:
            conditions.append(table.c.product_line == wanted.product_line)
        if after:
            conditions.append(table.c.id < after.id)
        query = page_of(table, walks, conditions, order=[table.c.id], size=size, is_descending=True)
        return await self._many(query)

    async def search(self, beginning: str, scope: Scope, size: int) -> Sequence[Opportunity]:
        """Opportunities that the scope includes with a key that begins so, nearest first, at most `size`."""
        visible, key_of = scope.where(table.c.owner_id, table.c.team_id), opportunity_search_key.c.opportunity_id
        ids = await _INDEX.nearest(
            self._connection,
            self._tenant_id,
            beginning,
            among=(table, table.c.id == key_of),
            where=visible,
            size=size,
            within=None if scope.kind == "all" else Within(table.c.id, visible, key_of),
        )
        found = {str(each.id): each for each in await self._many(select(table).where(table.c.id.in_(ids)))}
        return [found[each] for each in ids if each in found]

    async def lock_after(self, after: str, size: int) -> Sequence[Opportunity]:
        """Opportunities in the order of their ids after one, at most `size`, held until the transaction ends."""
        query = select(table).order_by(table.c.id).limit(size).with_for_update()
        return await self._many(query.where(table.c.id > after) if after else query)

    async def _index(self, opportunity: Opportunity) -> None:
        keys = search_keys([opportunity.details.title])
        await _INDEX.replace(self._connection, self._tenant_id, opportunity.id, keys)

    async def _revise(self, opportunity: Opportunity) -> None:
        await self._connection.execute(insert(revision), row_of(opportunity, self._tenant_id))

    async def _one(self, query: Select[Any]) -> Opportunity | None:
        found = await self._many(query)
        return found[0] if found else None

    async def _many(self, query: Select[Any]) -> list[Opportunity]:
        rows = (await self._connection.execute(query)).all()
        await self._read_models({StageModelId(row.stage_model_id) for row in rows})
        return [opportunity_of(row, self._models[StageModelId(row.stage_model_id)]) for row in rows]

    async def _read_models(self, model_ids: Iterable[StageModelId]) -> None:
        if unread := [model_id for model_id in model_ids if model_id not in self._models]:
            rows = await self._connection.execute(select(stage_model).where(stage_model.c.id.in_(unread)))
            self._models |= {StageModelId(row.id): _model(row) for row in rows}


def _model(row: SqlRow) -> StageModel:
    return parse(row.document, model_id=StageModelId(row.id), product_line=row.product_line, version=row.version)
