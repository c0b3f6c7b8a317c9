"""Conversions in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId, TenantId
from chassis.pages import Cursor
from pipeline.adapters.postgres.conversion_tables import IS_LIVE
from pipeline.adapters.postgres.conversion_tables import conversion as table
from pipeline.adapters.postgres.opportunity_tables import opportunity
from pipeline.adapters.postgres.tables import follow_up
from pipeline.application.conversion_ports import ConversionFilter
from pipeline.domain.amount import Amount
from pipeline.domain.conversion import Conversion, ConversionState, Failure, Sale, Step, StepStanding, StepState
from pipeline.domain.ids import ContactId, ConversionId, CustomerId, LeadId, OpportunityId
from pipeline.domain.stage_move import State


class PostgresConversions:
    """The conversions of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, conversion: Conversion) -> bool:
        """Keeps a new conversion; False where the lead has one already that is live. A rival's is waited for."""
        new = insert(table).values(_row(conversion, self._tenant_id))
        once = new.on_conflict_do_nothing(index_elements=["tenant_id", "lead_id"], index_where=IS_LIVE)
        return await self._connection.scalar(once.returning(table.c.id)) is not None

    async def live_of(self, lead_id: LeadId) -> Conversion | None:
        """The conversion of the lead that is live, or None."""
        return await self._one(select(table).where(table.c.lead_id == lead_id, IS_LIVE))

    async def get(self, conversion_id: ConversionId) -> Conversion | None:
        """The conversion, or None."""
        return await self._one(select(table).where(table.c.id == conversion_id))

    async def lock(self, conversion_id: ConversionId) -> Conversion | None:
        """The conversion, held until the transaction ends; or None."""
        return await self._one(select(table).where(table.c.id == conversion_id).with_for_update())

    async def save(self, conversion: Conversion) -> None:
        """Keeps a changed conversion that is held."""
        row = _row(conversion, self._tenant_id)
        await self._connection.execute(update(table).where(table.c.id == conversion.id).values(row))

    async def page(
        self, wanted: ConversionFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[Conversion]:
        """Conversions that the scope includes, newest first, after the cursor, at most `size`."""
        query = select(table).where(scope.where(table.c.owner_id, table.c.team_id))
        for name in ("lead_id", "customer_id", "state"):
            if value := getattr(wanted, name):
                query = query.where(table.c[name] == value)
        if after:
            query = query.where(table.c.id < after.id)
        rows = await self._connection.execute(query.order_by(table.c.id.desc()).limit(size))
        return [_conversion(row) for row in rows]

    async def added_to(self, conversion: Conversion) -> Sequence[str]:
        """What this service knows that was added to a new customer: `follow_up`, `opportunity`."""
        if not conversion.is_new_customer:
            return []
        follow_ups = exists().where(follow_up.c.customer_id == conversion.customer_id)
        opportunities = exists().where(
            opportunity.c.customer_id == conversion.customer_id,
            opportunity.c.id != conversion.opportunity_id,
            opportunity.c.state != State.WITHDRAWN.value,
        )
        found = (
            await self._connection.execute(select(follow_ups.label("follow_up"), opportunities.label("opportunity")))
        ).one()
        return [name for name in ("follow_up", "opportunity") if getattr(found, name)]

    async def _one(self, query: Select[Any]) -> Conversion | None:
        row = (await self._connection.execute(query)).one_or_none()
        return _conversion(row) if row else None


def _row(conversion: Conversion, tenant_id: TenantId) -> dict[str, Any]:
    sale, failure = conversion.sale, conversion.failure
    return {
        "id": conversion.id,
        "tenant_id": tenant_id,
        "lead_id": conversion.lead_id,
        "customer_id": conversion.customer_id,
        "is_new_customer": conversion.is_new_customer,
        "customer_name": conversion.customer_name,
        "contact_id": conversion.contact_id,
        "is_new_contact": conversion.is_new_contact,
        "opportunity_id": conversion.opportunity_id,
        "opportunity_version": conversion.opportunity_version,
        "product_line": sale.product_line,
        "title": sale.title,
        "amount_hundredths": sale.amount.hundredths if sale.amount else None,
        "currency": sale.amount.currency if sale.amount else None,
        "expected_close_date": sale.expected_close_date,
        "owner_id": conversion.owner_id,
        "team_id": conversion.team_id,
        "requested_by": conversion.requested_by,
        "undone_by": conversion.undone_by,
        "state": conversion.state.value,
        "steps": {
            step.value: {"state": standing.state.value, "at": standing.at.isoformat() if standing.at else None}
            for step, standing in conversion.steps.items()
        },
        "failed_step": failure.step.value if failure else "",
        "failure_reason": failure.reason if failure else "",
        "added": list(conversion.added),
        "created_at": conversion.created_at,
        "changed_at": conversion.changed_at,
        "version": conversion.version,
    }


def _conversion(row: SqlRow) -> Conversion:
    amount = None if row.amount_hundredths is None else Amount(row.amount_hundredths, row.currency)
    return Conversion(
        id=ConversionId(row.id),
        lead_id=LeadId(row.lead_id),
        customer_id=CustomerId(row.customer_id),
        is_new_customer=row.is_new_customer,
        customer_name=row.customer_name,
        contact_id=ContactId(row.contact_id) if row.contact_id else None,
        opportunity_id=OpportunityId(row.opportunity_id),
        sale=Sale(row.product_line, row.title, amount, row.expected_close_date),
        owner_id=PersonId(row.owner_id),
        team_id=TeamId(row.team_id) if row.team_id else None,
        requested_by=row.requested_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
        state=ConversionState(row.state),
        steps={step: _standing(row.steps[step.value]) for step in Step},
        is_new_contact=row.is_new_contact,
        failure=Failure(Step(row.failed_step), row.failure_reason) if row.failed_step else None,
        added=tuple(row.added),
        opportunity_version=row.opportunity_version,
        undone_by=row.undone_by,
        version=row.version,
    )


def _standing(told: dict[str, Any]) -> StepStanding:
    return StepStanding(StepState(told["state"]), datetime.fromisoformat(told["at"]) if told["at"] else None)
