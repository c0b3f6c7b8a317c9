"""Submissions in, leads and receipts out."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.type.money_pb2 import Money

from chassis.errors import Invalid
from chassis.masking import masked_email, masked_name, masked_phone
from chassis.money import hundredths_of, money_faults, money_of
from chassis.proto_values import moment_of, number_of, timestamp_of, word_of
from lead_router.adapters.grpc.score_mapping import score_message
from lead_router.application.convert_lead import MarkLeadConverted, UndoLeadConversion
from lead_router.application.decision_record import DecisionRecord
from lead_router.application.find_leads import Balance, FoundReceipt
from lead_router.application.handle_lead import CloseLead, Overridden, OverrideAssignment
from lead_router.application.judge_score import JudgeScore
from lead_router.application.stored_lead import LeadFilter, StoredLead
from lead_router.application.submission import Join, Submission, Submitted
from lead_router.domain.ids import CustomerId, LeadId, OpportunityId, RepId
from lead_router.domain.lead_details import LeadDetails, LeadIdentity, LeadOrigin, LeadProfile, LeadScore, ScoreVerdict
from lead_router.domain.lead_ending import DeathReason, LeadQuality
from lead_router.domain.lead_state import LeadState
from lead_router.domain.routing.receipt import candidates_of, exclusions_of
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb

_MOST_UNITS = 30_000_000
"""Largest amount, in whole units: the decision reckons in hundredths with room for a billion and more."""


def submission(message: lead_pb2.LeadSubmission, door: str, currency: str) -> Submission:
    """A submission as the use case takes it.

    Args:
        message: as it was sent.
        door: how it came in, for example `import`.
        currency: in which the tenant reckons.

    Raises:
        Invalid: the amount is in another currency, below 0, or larger than leads can be worth.
    """
    who, origin, profile = message.identity, message.origin, message.profile
    identity = LeadIdentity(
        company=who.company,
        person=who.person,
        phone=who.phone,
        email=who.email,
        credit_code=who.credit_code,
        city=who.city,
    )
    details = LeadDetails(
        identity,
        LeadOrigin(
            source=origin.source,
            external_id=origin.external_id,
            utm_source=origin.utm_source,
            utm_medium=origin.utm_medium,
            utm_campaign=origin.utm_campaign,
            attachment_types=tuple(origin.attachment_types),
        ),
        LeadProfile(
            industry=profile.industry,
            region=profile.region,
            segment=_segment_word(profile.segment),
            product_line=profile.product_line,
            language=profile.language,
            budget_tier=profile.budget_tier,
            purchase_stage=profile.purchase_stage,
            tech_preference=profile.tech_preference,
            amount=_amount(profile.amount, currency) if profile.HasField("amount") else None,
            trial_ends_at=moment_of(profile.trial_ends_at) if profile.HasField("trial_ends_at") else None,
            compares_competitors=profile.compares_competitors,
        ),
        message.message,
        dict(message.custom),
    )
    return Submission(details, message.SerializeToString(deterministic=True), door, dict(message.form))


def submitted_response(result: Submitted, currency: str, *, shows_contact: bool) -> pb.SubmitLeadResponse:
    """What became of a submission."""
    outcome = pb.SUBMISSION_OUTCOME_JOINED if result.join else pb.SUBMISSION_OUTCOME_CREATED
    return pb.SubmitLeadResponse(
        outcome=outcome,
        lead=lead_message(result.stored, currency, shows_contact=shows_contact),
        receipt=receipt_message(result.decision) if result.decision else None,
        join=_join(result.join) if result.join else None,
    )


def lead_filter(request: pb.ListLeadsRequest) -> LeadFilter:
    """The filter that a request asks for."""
    return LeadFilter(
        states=[word_of(lead_pb2.LeadState, state) for state in request.states],
        owner_id=request.owner_id,
        team_id=request.team_id,
        source=request.source,
        waiting_reason=word_of(lead_pb2.WaitingReason, request.waiting_reason),
        to_be_activated=request.to_be_activated,
        qualified=request.qualified,
    )


def override_assignment(request: pb.OverrideAssignmentRequest) -> OverrideAssignment:
    """The command that a request asks for."""
    return OverrideAssignment(LeadId(request.lead_id), request.version, RepId(request.rep_id), request.reason)


def close_lead(request: pb.CloseLeadRequest) -> CloseLead:
    """The command that a request asks for."""
    return CloseLead(
        LeadId(request.lead_id),
        request.version,
        DeathReason(word_of(lead_pb2.DeathReason, request.death_reason)),
        LeadQuality(word_of(lead_pb2.LeadQuality, request.quality)),
        request.reason,
    )


def mark_lead_converted(request: pb.MarkLeadConvertedRequest) -> MarkLeadConverted:
    """The command that a request asks for."""
    return MarkLeadConverted(
        LeadId(request.lead_id.lower()),
        CustomerId(request.customer_id.lower()),
        OpportunityId(request.opportunity_id.lower()),
    )


def undo_lead_conversion(request: pb.UndoLeadConversionRequest) -> UndoLeadConversion:
    """The command that a request asks for."""
    return UndoLeadConversion(LeadId(request.lead_id.lower()), OpportunityId(request.opportunity_id.lower()))


def judge_score(request: pb.JudgeScoreRequest) -> JudgeScore:
    """The command that a request asks for."""
    verdict = ScoreVerdict(word_of(lead_pb2.ScoreVerdict, request.verdict))
    return JudgeScore(LeadId(request.lead_id), verdict, request.reason)


def overridden_response(done: Overridden, currency: str, *, shows_contact: bool) -> pb.OverrideAssignmentResponse:
    """The lead with its new owner."""
    lead = lead_message(done.stored, currency, shows_contact=shows_contact)
    return pb.OverrideAssignmentResponse(lead=lead, receipt=receipt_message(done.decision))


def lead_message(stored: StoredLead, currency: str, *, shows_contact: bool) -> lead_pb2.Lead:
    """A lead as callers see it; contact data masked for those without the right to see it."""
    lead, standing, clocks = stored.lead, stored.lead.standing, stored.lead.clocks
    owner, details = standing.owner, stored.lead.details
    message = lead_pb2.Lead(
        lead_id=lead.id,
        version=lead.version,
        state=number_of(lead_pb2.LeadState, lead.state.value),
        waiting_reason=number_of(
            lead_pb2.WaitingReason,
            standing.waiting_reason.value if lead.state is LeadState.WAITING and standing.waiting_reason else "",
        ),
        to_be_activated=clocks.to_be_activated,
        alarm_unconfirmed=clocks.alarm_unconfirmed,
        owner_id=owner.rep_id if owner else "",
        team_id=owner.team_id if owner else "",
        merged_into=standing.merged_into or "",
        end_reason=standing.end_reason,
        identity=_identity(details.identity, shows_contact=shows_contact),
        origin=_origin(details.origin),
        profile=_profile(details.profile, currency),
        message=details.message if shows_contact else "",
        custom=details.custom,
        worth=money_of(stored.worth, currency),
        is_urgent=lead.is_urgent,
        touches=lead.touches,
        received_at=timestamp_of(lead.received_at),
        warnings=stored.warnings,
        customer_id=lead.customer_id or "",
        opportunity_id=standing.opportunity_id or "",
        documents=[
            lead_pb2.QualifyingDocument(kind=kind.value, file_id=file_id)
            for kind, file_id in sorted(lead.qualification.documents.items())
        ],
        score=score_message(lead.score) if lead.score else None,
        offered_to_id=standing.offered_to.rep_id if standing.offered_to else "",
        pool_id=standing.pool_id or "",
        quality=number_of(lead_pb2.LeadQuality, lead.quality.value if lead.quality else ""),
        paused_clocks=[
            number_of(lead_pb2.LeadClock, clock.kind.value)
            for clock in (clocks.response, clocks.follow_up)
            if clock is not None and clock.is_paused and clock.stopped_at is None
        ],
        extensions=standing.extensions,
    )
    moments = {
        "offer_expires_at": standing.offer_expires_at,
        "pooled_at": standing.pooled_at,
        "qualified_at": lead.qualification.qualified_at,
        "assigned_at": standing.assigned_at,
        "first_touched_at": clocks.first_touched_at,
        "last_follow_up_at": clocks.last_follow_up_at,
        "response_due_at": stored.response_due_at,
        "follow_up_due_at": stored.follow_up_due_at,
    }
    for name, moment in moments.items():
        if moment is not None:
            getattr(message, name).CopyFrom(timestamp_of(moment))
    return message


def receipt_message(decision: DecisionRecord, asked: str = "") -> lead_pb2.Receipt:
    """The receipt of a decision: all candidates with their totals, the terms of the best, every exclusion."""
    message = lead_pb2.Receipt(
        decision_id=decision.decision_id,
        lead_id=decision.lead_id,
        decided_at=timestamp_of(decision.decided_at),
        outcome=decision.outcome,
        rep_id=decision.rep_id or "",
        because=decision.because,
        note=decision.note,
        decision_us=decision.decision_us,
        digest=decision.digest,
    )
    document, roster = decision.document, decision.roster
    if document is None or roster is None:
        return message
    versions, worth = document["versions"], document["worth"]
    message.policy_id, message.policy_version = versions["policy_id"], versions["policy_version"]
    message.rep_change_seq = versions["rep_change_seq"]
    message.model, message.worth, message.worth_basis = worth["model"], worth["value"], worth["amount_basis"]
    message.ledger_seq = max((account["sequence"] for account in document["ledger"].values()), default=0)
    message.batch_position = document["batch"]["position"]
    if score := document["lead"].get("score"):
        message.score.CopyFrom(score_message(LeadScore.from_document(score)))
    best = {row["rep_id"]: row for row in document["best"]}
    lost = set(document["lead"]["lost_to_rival"])
    for ranked in candidates_of(document, roster):
        candidate = message.candidates.add(rep_id=ranked.rep_id, rank=ranked.rank, total=ranked.total)
        if ranked.rep_id in best and (ranked.rank <= 10 or ranked.rep_id == asked):
            candidate.terms.extend(_terms(best[ranked.rep_id]["terms"]))
    for rep, rules in exclusions_of(document, roster).items():
        for rule in rules:
            message.exclusions.add(rep_id=rep, rule=rule, detail="lost to a rival commit" if rep in lost else "")
    return message


def found_receipt(found: FoundReceipt, currency: str, asked: str) -> pb.GetReceiptResponse:
    """A receipt; with a rep asked for, the gap to the chosen one term by term where both are among the best."""
    receipt = receipt_message(found.decision, asked)
    receipt.currency = currency
    answer = pb.GetReceiptResponse(receipt=receipt, decision_ids=found.decision_ids)
    best = {row["rep_id"]: row["terms"] for row in (found.decision.document or {}).get("best", ())}
    chosen = found.decision.rep_id or ""
    if asked in best and chosen in best and asked != chosen:
        answer.gap.extend(_terms({name: best[chosen][name] - best[asked][name] for name in best[chosen]}))
    return answer


def conservation_response(balance: Balance) -> pb.GetConservationResponse:
    """The nine states and what was received."""
    counts = balance.conservation.counts
    return pb.GetConservationResponse(
        received=balance.conservation.received,
        waiting=counts.waiting,
        offered=counts.offered,
        assigned=counts.assigned,
        pooled=counts.pooled,
        merged=counts.merged,
        rejected=counts.rejected,
        converted=counts.converted,
        closed=counts.closed,
        erased=counts.erased,
        gap=balance.conservation.gap,
        to_be_activated=balance.to_be_activated,
    )


def _amount(amount: Money, currency: str) -> int:
    if faults := money_faults(amount, "submission.profile.amount", currency=currency, most_units=_MOST_UNITS):
        raise Invalid(faults)
    return hundredths_of(amount)


def _segment_word(segment: int) -> str:
    return word_of(lead_pb2.Segment, segment).upper()


def _identity(identity: LeadIdentity, *, shows_contact: bool) -> lead_pb2.LeadIdentity:
    if shows_contact:
        return lead_pb2.LeadIdentity(
            company=identity.company,
            person=identity.person,
            phone=identity.phone,
            email=identity.email,
            credit_code=identity.credit_code,
            city=identity.city,
        )
    return lead_pb2.LeadIdentity(
        company=identity.company,
        person=masked_name(identity.person),
        phone=masked_phone(identity.phone),
        email=masked_email(identity.email),
        credit_code=identity.credit_code,
        city=identity.city,
    )


def _origin(origin: LeadOrigin) -> lead_pb2.LeadOrigin:
    return lead_pb2.LeadOrigin(
        source=origin.source,
        external_id=origin.external_id,
        utm_source=origin.utm_source,
        utm_medium=origin.utm_medium,
        utm_campaign=origin.utm_campaign,
        attachment_types=origin.attachment_types,
    )


def _profile(profile: LeadProfile, currency: str) -> lead_pb2.LeadProfile:
    return lead_pb2.LeadProfile(
        industry=profile.industry,
        region=profile.region,
        segment=number_of(lead_pb2.Segment, profile.segment.lower()),
        product_line=profile.product_line,
        language=profile.language,
        budget_tier=profile.budget_tier,
        purchase_stage=profile.purchase_stage,
        tech_preference=profile.tech_preference,
        amount=money_of(profile.amount, currency) if profile.amount is not None else None,
        trial_ends_at=timestamp_of(profile.trial_ends_at) if profile.trial_ends_at else None,
        compares_competitors=profile.compares_competitors,
    )


def _join(join: Join) -> lead_pb2.Join:
    return lead_pb2.Join(
        lead_id=join.lead_id,
        points=join.points,
        reasons=join.reasons,
        owner_id=join.owner_id or "",
        owned_since=timestamp_of(join.owned_since) if join.owned_since else None,
    )


def _terms(terms: Mapping[str, Any]) -> Sequence[lead_pb2.Term]:
    return [lead_pb2.Term(name=name, amount=amount) for name, amount in terms.items()]
