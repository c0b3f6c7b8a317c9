"""Facts about opportunities. Each tells how the opportunity stands after it; none carries free text."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from chassis.ids import PersonId, TeamId
from pipeline.domain.amount import Amount
from pipeline.domain.ids import CustomerId, LeadId, OpportunityId, StageModelId
from pipeline.domain.stage_move import StageMove, State


@dataclass(frozen=True, slots=True)
class OpportunityStanding:
    """How an opportunity stands, as ids and facts."""

    opportunity_id: OpportunityId
    customer_id: CustomerId
    lead_id: LeadId | None
    product_line: str
    owner_id: PersonId
    team_id: TeamId | None
    state: State
    stage: str
    stage_model_id: StageModelId
    win_probability_pct: int
    amount: Amount | None
    expected_close_date: date | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class OpportunityMoved:
    """It was created, moved to another stage, won, lost or reopened: the move says which."""

    standing: OpportunityStanding
    move: StageMove


@dataclass(frozen=True, slots=True)
class OpportunityChanged:
    """Fields or the checklist changed."""

    standing: OpportunityStanding
    at: datetime
    changed_fields: tuple[str, ...] = ()
    item_codes: tuple[str, ...] = ()
    """Items that were fulfilled or cleared."""


OpportunityEvent: TypeAlias = OpportunityMoved | OpportunityChanged
