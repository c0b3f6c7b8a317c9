"""Facts about opportunities as messages and notices."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from chassis.money import money_of
from chassis.outbox import Outbox
from chassis.proto_values import number_of, timestamp_of
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.opportunity_events import OpportunityChanged, OpportunityEvent, OpportunityStanding
from pipeline.domain.stage_move import MoveKind, StageMove
from throughline.common.v1.notice_pb2 import Notice
from throughline.pipeline.v1 import events_pb2 as pb
from throughline.pipeline.v1 import opportunity_pb2

OPPORTUNITY = "opportunity"

Render = Callable[[Mapping[str, Any], StageMove], Message]


def append_opportunity_event(outbox: Outbox, event: OpportunityEvent) -> None:
    """Adds a fact, and tells the screens of the owner and the owner's team."""
    if isinstance(event, OpportunityChanged):
        message: Message = pb.OpportunityChanged(
            **_fields(event.standing), changed_fields=event.changed_fields, item_codes=event.item_codes
        )
        _append(outbox, event.standing, message, "changed", event.at)
    else:
        word, render = _MOVES[event.move.kind]
        _append(outbox, event.standing, render(_fields(event.standing), event.move), word, event.move.at)


def append_snapshot(outbox: Outbox, opportunity: Opportunity) -> None:
    """Adds how the opportunity stands."""
    closed_at = opportunity.closed_at
    message = pb.OpportunitySnapshot(
        **_fields(opportunity.standing()),
        loss_reason=number_of(opportunity_pb2.LossReason, opportunity.loss_reason),
        closed_at=timestamp_of(closed_at) if closed_at else None,
        skips=opportunity.skips,
    )
    outbox.append(aggregate=OPPORTUNITY, aggregate_id=opportunity.id, version=opportunity.version, message=message)


def _append(outbox: Outbox, standing: OpportunityStanding, message: Message, word: str, at: datetime) -> None:
    outbox.append(
        aggregate=OPPORTUNITY,
        aggregate_id=standing.opportunity_id,
        version=standing.version,
        message=message,
        occurred_at=at,
    )
    notice = Notice(
        kind=f"opportunity.{word}",
        resource=f"opportunities/{standing.opportunity_id}",
        version=standing.version,
        person_ids=[standing.owner_id],
        team_ids=[standing.team_id] if standing.team_id else [],
        references={
            "customer_id": standing.customer_id,
            "lead_id": standing.lead_id or "",
            "owner_id": standing.owner_id,
            "stage": standing.stage,
        },
    )
    outbox.notice(notice)


def _fields(standing: OpportunityStanding) -> dict[str, Any]:
    """The fields that all messages about opportunities share."""
    day = standing.expected_close_date
    return {
        "opportunity_id": standing.opportunity_id,
        "customer_id": standing.customer_id,
        "lead_id": standing.lead_id or "",
        "product_line": standing.product_line,
        "owner_id": standing.owner_id,
        "team_id": standing.team_id or "",
        "state": number_of(opportunity_pb2.OpportunityState, standing.state),
        "stage": standing.stage,
        "stage_model_id": standing.stage_model_id,
        "win_probability_pct": standing.win_probability_pct,
        "amount": money_of(standing.amount.hundredths, standing.amount.currency) if standing.amount else None,
        "expected_close_date": day.isoformat() if day else "",
        "created_at": timestamp_of(standing.created_at),
    }


def _stage_changed(fields: Mapping[str, Any], move: StageMove) -> Message:
    return pb.OpportunityStageChanged(
        **fields,
        from_stage=move.from_stage,
        kind=number_of(opportunity_pb2.StageMoveKind, move.kind),
        skipped_stages=move.skipped_stages,
        missing_items=len(move.missing_items),
    )


def _lost(fields: Mapping[str, Any], move: StageMove) -> Message:
    return pb.OpportunityLost(**fields, loss_reason=number_of(opportunity_pb2.LossReason, move.loss_reason))


_MOVES: Mapping[MoveKind, tuple[str, Render]] = {
    MoveKind.CREATED: ("created", lambda fields, _: pb.OpportunityCreated(**fields)),
    MoveKind.ADVANCED: ("stage_changed", _stage_changed),
    MoveKind.SKIPPED: ("stage_changed", _stage_changed),
    MoveKind.STEPPED_BACK: ("stage_changed", _stage_changed),
    MoveKind.WON: ("won", lambda fields, _: pb.OpportunityWon(**fields)),
    MoveKind.LOST: ("lost", _lost),
    MoveKind.REOPENED: ("reopened", lambda fields, _: pb.OpportunityReopened(**fields)),
    MoveKind.WITHDRAWN: ("withdrawn", lambda fields, _: pb.OpportunityWithdrawn(**fields)),
}
"""Of each kind of move the word in the notice's kind, and the message."""
