"""Opportunities as rows and back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from chassis.database import SqlRow
from chassis.ids import PersonId, TeamId, TenantId
from pipeline.domain.amount import Amount
from pipeline.domain.ids import CustomerId, LeadId, OpportunityId
from pipeline.domain.opportunity import Opportunity, OpportunityDetails
from pipeline.domain.stage_gate import Evidence, Fulfilment
from pipeline.domain.stage_model import StageModel
from pipeline.domain.stage_move import State


def row_of(opportunity: Opportunity, tenant_id: TenantId) -> dict[str, Any]:
    """The row of an opportunity."""
    details = opportunity.details
    return {
        "id": opportunity.id,
        "tenant_id": tenant_id,
        "customer_id": opportunity.customer_id,
        "lead_id": opportunity.lead_id,
        "product_line": opportunity.product_line,
        "stage_model_id": opportunity.model.id,
        "title": details.title,
        "owner_id": details.owner_id,
        "team_id": details.team_id,
        "amount_hundredths": details.amount.hundredths if details.amount else None,
        "currency": details.amount.currency if details.amount else None,
        "expected_close_date": details.expected_close_date,
        "custom": dict(details.custom),
        "stage": opportunity.stage,
        "state": opportunity.state.value,
        "loss_reason": opportunity.loss_reason,
        "fulfilled": {code: _fulfilment_row(one) for code, one in opportunity.fulfilled.items()},
        "skips": opportunity.skips,
        "move_count": opportunity.move_count,
        "created_at": opportunity.created_at,
        "stage_entered_at": opportunity.stage_entered_at,
        "closed_at": opportunity.closed_at,
        "changed_at": opportunity.changed_at,
        "version": opportunity.version,
    }


def opportunity_of(row: SqlRow, model: StageModel) -> Opportunity:
    """The opportunity of a row and the stage model that it names."""
    amount = None if row.amount_hundredths is None else Amount(row.amount_hundredths, row.currency)
    return Opportunity(
        id=OpportunityId(row.id),
        customer_id=CustomerId(row.customer_id),
        lead_id=LeadId(row.lead_id) if row.lead_id else None,
        product_line=row.product_line,
        model=model,
        details=OpportunityDetails(
            title=row.title,
            owner_id=PersonId(row.owner_id),
            team_id=TeamId(row.team_id) if row.team_id else None,
            amount=amount,
            expected_close_date=row.expected_close_date,
            custom=row.custom,
        ),
        stage=row.stage,
        created_at=row.created_at,
        stage_entered_at=row.stage_entered_at,
        changed_at=row.changed_at,
        state=State(row.state),
        loss_reason=row.loss_reason,
        closed_at=row.closed_at,
        fulfilled={code: _fulfilment(one) for code, one in row.fulfilled.items()},
        skips=row.skips,
        move_count=row.move_count,
        version=row.version,
    )


def _fulfilment_row(fulfilment: Fulfilment) -> dict[str, Any]:
    evidence = fulfilment.evidence
    shown = asdict(evidence) if evidence else None
    return {"by": fulfilment.by, "at": fulfilment.at.isoformat(), "evidence": shown, "note": fulfilment.note}


def _fulfilment(row: Mapping[str, Any]) -> Fulfilment:
    shown = row["evidence"]
    # Rows from before files have no `file_id`.
    evidence = Evidence(shown["kind"], shown["reference"], shown.get("file_id", "")) if shown else None
    return Fulfilment(row["by"], datetime.fromisoformat(row["at"]), evidence, row["note"])
