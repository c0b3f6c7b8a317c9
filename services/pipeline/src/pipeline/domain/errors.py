"""Why a move of the action flow is refused."""

from collections.abc import Mapping, Sequence

from chassis.errors import Invalid, Refused, Violation
from pipeline.domain.ids import ConversionId, CustomerId, LeadId, OpportunityId, StageModelId
from pipeline.domain.stage_model import ChecklistItem


class LeadClosed(Refused):
    """The lead has ended and cannot be followed up any more."""

    reason = "LEAD_CLOSED"

    def __init__(self, lead_id: LeadId, state: str) -> None:
        super().__init__(f"Lead {lead_id} is {state} and cannot be followed up.", lead_id=lead_id, state=state)


class StageModelInvalid(Invalid):
    """A stage model has faults; all of them are listed."""

    reason = "STAGE_MODEL_INVALID"

    def __init__(self, model_id: StageModelId, violations: Sequence[Violation]) -> None:
        super().__init__(violations, stage_model_id=model_id)


class OpportunityStateForbids(Refused):
    """The opportunity is in a state that forbids the move."""

    reason = "OPPORTUNITY_STATE_FORBIDS"

    def __init__(self, opportunity_id: OpportunityId, state: str, move: str) -> None:
        message = f"Opportunity {opportunity_id} is {state}: it refuses {move}."
        super().__init__(message, opportunity_id=opportunity_id, state=state, move=move)


class StageGateUnmet(Refused):
    """A gate lacks items; all of them are named."""

    reason = "STAGE_GATE_UNMET"

    def __init__(self, opportunity_id: OpportunityId, stage: str, missing: Sequence[ChecklistItem]) -> None:
        names = ", ".join(item.name_en for item in missing)
        super().__init__(
            f"Opportunity {opportunity_id} cannot leave stage {stage} yet; it lacks: {names}.",
            opportunity_id=opportunity_id,
            stage=stage,
            missing=[item.code for item in missing],
            missing_zh="、".join(item.name_zh for item in missing),
            missing_en=names,
        )


class StageIsLast(Refused):
    """There is no stage to advance to."""

    reason = "STAGE_IS_LAST"

    def __init__(self, opportunity_id: OpportunityId, stage: str) -> None:
        message = f"Opportunity {opportunity_id} stands in the last stage, {stage}."
        super().__init__(message, opportunity_id=opportunity_id, stage=stage)


class StageTooEarly(Refused):
    """Opportunities are won from a later stage."""

    reason = "STAGE_TOO_EARLY"

    def __init__(self, opportunity_id: OpportunityId, stage: str, won_from: str) -> None:
        message = f"Opportunity {opportunity_id} is in stage {stage}; opportunities are won from {won_from} on."
        super().__init__(message, opportunity_id=opportunity_id, stage=stage, won_from=won_from)


class LeadStateForbids(Refused):
    """The lead is in a state that forbids the move."""

    reason = "LEAD_STATE_FORBIDS"

    def __init__(self, lead_id: LeadId, state: str, move: str) -> None:
        message = f"Lead {lead_id} is {state}, which forbids {move}."
        super().__init__(message, lead_id=lead_id, state=state, move=move)


class CustomerChoiceNeeded(Refused):
    """The lead may be one of several customers, or is one that the caller may not change."""

    reason = "CUSTOMER_CHOICE_NEEDED"

    def __init__(self, lead_id: LeadId, candidates: Mapping[CustomerId, str]) -> None:
        names = ", ".join(candidates.values())
        super().__init__(
            f"Lead {lead_id} may be one of these customers: {names}. Choose one, or make a new one.",
            lead_id=lead_id,
            candidates=list(candidates),
            names=names,
        )


class CustomerIsArchived(Refused):
    """It takes nothing new until it is restored."""

    reason = "CUSTOMER_ARCHIVED"

    def __init__(self, customer_id: CustomerId) -> None:
        super().__init__(f"Customer {customer_id} is archived.", customer_id=customer_id)


class ConversionStateForbids(Refused):
    """The conversion is in a state that forbids the move."""

    reason = "CONVERSION_STATE_FORBIDS"

    def __init__(self, conversion_id: ConversionId, state: str, move: str) -> None:
        message = f"Conversion {conversion_id} is {state}, which forbids {move}."
        super().__init__(message, conversion_id=conversion_id, state=state, move=move)


class ConversionBuiltUpon(Refused):
    """Something was added to what the conversion made; all of it is named."""

    reason = "CONVERSION_BUILT_UPON"

    def __init__(self, conversion_id: ConversionId, added: Sequence[str]) -> None:
        super().__init__(
            f"Conversion {conversion_id} cannot be undone, as this was added since: {', '.join(added)}.",
            conversion_id=conversion_id,
            added=list(added),
        )


class FirstContactSummaryClosed(Refused):
    """It was filled before."""

    reason = "FIRST_CONTACT_SUMMARY_CLOSED"

    def __init__(self, lead_id: LeadId) -> None:
        super().__init__(f"The summary of the first contact with lead {lead_id} has been filled.", lead_id=lead_id)
