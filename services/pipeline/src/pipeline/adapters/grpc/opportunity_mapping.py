"""Requests about opportunities to commands, aggregates to messages."""

from datetime import date
from typing import TypeAlias

from google.type.money_pb2 import Money

from chassis.errors import Invalid, Violation
from chassis.field_masks import masked_fields
from chassis.ids import PersonId
from chassis.money import hundredths_of, money_faults, money_of
from chassis.proto_values import moment_of, number_of, timestamp_of, word_of
from pipeline.application.create_opportunity import CreateOpportunity
from pipeline.application.move_opportunity import Seen
from pipeline.application.opportunity_ports import HistoryEntry, OpportunityFilter
from pipeline.application.update_opportunity import UpdateOpportunity
from pipeline.domain.amount import Amount
from pipeline.domain.ids import CustomerId, LeadId, OpportunityId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.skip_rate import SkipGrouping, SkipRate, SkipRateQuestion, SkipRateRow
from pipeline.domain.stage_gate import Evidence, Fulfilment
from throughline.pipeline.v1 import opportunity_pb2
from throughline.pipeline.v1 import opportunity_service_pb2 as pb

_UPDATABLE = frozenset({"title", "amount", "expected_close_date", "owner_id", "custom"})
_MOST_UNITS = 10**13

Change: TypeAlias = (
    pb.AdvanceOpportunityRequest
    | pb.SkipToStageRequest
    | pb.StepBackRequest
    | pb.WinOpportunityRequest
    | pb.LoseOpportunityRequest
    | pb.ReopenOpportunityRequest
)


def create_opportunity(request: pb.CreateOpportunityRequest, currency: str) -> CreateOpportunity:
    """The command that a request asks for; `currency` is the tenant's.

    Raises:
        Invalid: names every value that cannot be.
    """
    faults: list[Violation] = []
    command = CreateOpportunity(
        customer_id=CustomerId(request.customer_id),
        lead_id=LeadId(request.lead_id) if request.lead_id else None,
        product_line=request.product_line.strip(),
        title=title_of(request.title, faults),
        amount=amount_of(request.amount, currency, faults) if request.HasField("amount") else None,
        expected_close_date=day_of(request.expected_close_date, faults),
        owner_id=PersonId(request.owner_id) if request.owner_id else None,
        custom=dict(request.custom),
    )
    if faults:
        raise Invalid(faults)
    return command


def update_opportunity(request: pb.UpdateOpportunityRequest, currency: str) -> UpdateOpportunity:
    """The command that a request asks for; `currency` is the tenant's.

    Raises:
        Invalid: names every value that cannot be, among the fields that the mask names.
    """
    faults: list[Violation] = []
    names = frozenset(masked_fields(request.update_mask, request, among=_UPDATABLE))
    if "owner_id" in names and not request.owner_id:
        faults.append(Violation("owner_id", "required", "an opportunity has an owner"))
    has_amount = "amount" in names and request.HasField("amount")
    command = UpdateOpportunity(
        opportunity_id=OpportunityId(request.opportunity_id),
        version=request.version,
        names=names,
        title=title_of(request.title, faults) if "title" in names else "",
        amount=amount_of(request.amount, currency, faults) if has_amount else None,
        expected_close_date=day_of(request.expected_close_date, faults) if "expected_close_date" in names else None,
        owner_id=PersonId(request.owner_id) if request.owner_id else None,
        custom=dict(request.custom),
    )
    if faults:
        raise Invalid(faults)
    return command


def seen(request: Change) -> Seen:
    """Which opportunity a request is about, and the version that the caller saw."""
    return Seen(OpportunityId(request.opportunity_id), request.version)


def opportunity_filter(request: pb.ListOpportunitiesRequest) -> OpportunityFilter:
    """The filter that a request asks for."""
    return OpportunityFilter(
        owner_id=request.owner_id,
        team_id=request.team_id,
        customer_id=request.customer_id,
        lead_id=request.lead_id,
        stage=request.stage,
        state=word_of(opportunity_pb2.OpportunityState, request.state),
        product_line=request.product_line.strip() if request.HasField("product_line") else None,
    )


def skip_rate_question(request: pb.GetSkipRateRequest) -> SkipRateQuestion:
    """The question that a request asks."""
    # `from` is a keyword of Python, so it can only be reached by name.
    return SkipRateQuestion(
        group_by=SkipGrouping(word_of(pb.SkipRateGrouping, request.group_by)),
        moved_from=moment_of(getattr(request, "from")) if request.HasField("from") else None,
        moved_before=moment_of(request.to) if request.HasField("to") else None,
        product_line=request.product_line.strip() if request.HasField("product_line") else None,
    )


def opportunity_message(opportunity: Opportunity) -> opportunity_pb2.Opportunity:
    """An opportunity as callers see it."""
    details = opportunity.details
    day = details.expected_close_date
    return opportunity_pb2.Opportunity(
        opportunity_id=opportunity.id,
        customer_id=opportunity.customer_id,
        lead_id=opportunity.lead_id or "",
        product_line=opportunity.product_line,
        title=details.title,
        amount=money_of(details.amount.hundredths, details.amount.currency) if details.amount else None,
        expected_close_date=day.isoformat() if day else "",
        owner_id=opportunity.owner_id,
        team_id=opportunity.team_id or "",
        state=number_of(opportunity_pb2.OpportunityState, opportunity.state),
        stage=opportunity.stage,
        stage_model_id=opportunity.model.id,
        win_probability_pct=opportunity.win_probability_pct,
        loss_reason=number_of(opportunity_pb2.LossReason, opportunity.loss_reason),
        skips=opportunity.skips,
        fulfilments=[_fulfilment(code, one) for code, one in sorted(opportunity.fulfilled.items())],
        missing_items=[
            opportunity_pb2.MissingItem(item_code=item.code, name_zh=item.name_zh, name_en=item.name_en)
            for item in opportunity.missing_items
        ],
        created_at=timestamp_of(opportunity.created_at),
        stage_entered_at=timestamp_of(opportunity.stage_entered_at),
        closed_at=timestamp_of(opportunity.closed_at) if opportunity.closed_at else None,
        changed_at=timestamp_of(opportunity.changed_at),
        version=opportunity.version,
        custom=details.custom,
    )


def history_entry(entry: HistoryEntry) -> opportunity_pb2.StageHistoryEntry:
    """An entry of the stage history as callers see it."""
    move = entry.move
    return opportunity_pb2.StageHistoryEntry(
        number=move.number,
        kind=number_of(opportunity_pb2.StageMoveKind, move.kind),
        from_stage=move.from_stage,
        stage=move.stage,
        state=number_of(opportunity_pb2.OpportunityState, move.state),
        entered_at=timestamp_of(move.at),
        left_at=timestamp_of(entry.left_at) if entry.left_at else None,
        skipped_stages=move.skipped_stages,
        missing_items=move.missing_items,
        reason=move.reason,
        loss_reason=number_of(opportunity_pb2.LossReason, move.loss_reason),
        moved_by=move.by,
    )


def skip_rate_answer(rate: SkipRate) -> pb.GetSkipRateResponse:
    """The skip rate as callers see it."""
    return pb.GetSkipRateResponse(rows=[_skip_rate_row(row) for row in rate.rows], total=_skip_rate_row(rate.total))


def _skip_rate_row(row: SkipRateRow) -> pb.SkipRateRow:
    return pb.SkipRateRow(
        group=row.group,
        forward_moves=row.forward_moves,
        skips=row.skips,
        skip_rate_pct=row.skip_rate_pct,
        skipped_stages=row.skipped_stages,
    )


def _fulfilment(code: str, fulfilment: Fulfilment) -> opportunity_pb2.Fulfilment:
    evidence = fulfilment.evidence
    return opportunity_pb2.Fulfilment(
        item_code=code,
        fulfilled_by=fulfilment.by,
        fulfilled_at=timestamp_of(fulfilment.at),
        evidence=_evidence(evidence) if evidence else None,
        note=fulfilment.note,
    )


def _evidence(evidence: Evidence) -> opportunity_pb2.Evidence:
    return opportunity_pb2.Evidence(kind=evidence.kind, reference=evidence.reference, file_id=evidence.file_id)


def title_of(text: str, faults: list[Violation]) -> str:
    """A title without blanks around it; adds what is wrong with it to `faults`."""
    title = text.strip()
    if len(title) < 2:
        faults.append(Violation("title", "string.min_len", "must have at least 2 characters"))
    return title


def day_of(text: str, faults: list[Violation]) -> date | None:
    """A day, None for an empty text; adds what is wrong with it to `faults`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        faults.append(Violation("expected_close_date", "date", f"there is no day {text}"))
        return None


def amount_of(amount: Money, currency: str, faults: list[Violation]) -> Amount | None:
    """An amount in the tenant's currency; adds what is wrong with it to `faults`."""
    found = money_faults(amount, "amount", currency=currency, most_units=_MOST_UNITS)
    faults += found
    return None if found else Amount(hundredths_of(amount), currency)
