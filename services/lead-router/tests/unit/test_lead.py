"""Where a lead can go, and what it records on the way."""

import pytest

from chassis.errors import Invalid, Stale
from lead_router.domain import events as e
from lead_router.domain.errors import LeadStateForbids, RerouteForbidden
from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import (
    CustomerId,
    DecisionId,
    FileId,
    LeadId,
    OpportunityId,
    PersonId,
    PoolId,
    RepId,
)
from lead_router.domain.lead import Lead
from lead_router.domain.lead_details import LeadIdentity, LeadOrigin, LeadProfile, LeadScore
from lead_router.domain.lead_ending import DeathReason, LeadQuality
from lead_router.domain.lead_state import LeadState, WaitingReason
from lead_router.domain.qualification import DocumentKind

from .builders import HOUR, NOW, TERMS, a_lead, an_assigned_lead, an_owner, details

DECISION = DecisionId("d-2")
BOSS = PersonId("boss")


def test_a_received_lead_waits_for_a_supervisor_until_a_decision_says_otherwise() -> None:
    lead = Lead.receive(LeadId("lead-1"), details(), at=NOW, terms=TERMS)

    assert lead.state is LeadState.WAITING
    assert lead.standing.waiting_reason is WaitingReason.SUPERVISOR
    [received] = lead.pull_events()
    assert isinstance(received, e.LeadReceived)
    assert (received.lead_id, received.version, received.response_due_at) == ("lead-1", 1, NOW + 2 * HOUR)


def test_a_submission_without_any_identity_is_invalid() -> None:
    nobody = details(identity=LeadIdentity(person="王"), origin=LeadOrigin("website"))

    with pytest.raises(Invalid) as refused:
        Lead.receive(LeadId("lead-1"), nobody, at=NOW, terms=TERMS)

    assert [fault.field for fault in refused.value.violations] == ["identity"]


def test_the_sources_own_id_is_identity_enough() -> None:
    lead = Lead.receive(
        LeadId("lead-1"),
        details(identity=LeadIdentity(), origin=LeadOrigin("expo", external_id="A-17")),
        at=NOW,
        terms=TERMS,
    )

    assert lead.state is LeadState.WAITING


def test_an_assigned_lead_starts_the_follow_up_clock_of_its_owner() -> None:
    lead = a_lead()

    lead.assign(an_owner(), decision_id=DECISION, because=MovedBecause.BEST_TOTAL, at=NOW + HOUR, terms=TERMS)

    assert lead.state is LeadState.ASSIGNED
    assert lead.owner == an_owner()
    [assigned] = lead.pull_events()
    assert isinstance(assigned, e.LeadAssigned)
    assert assigned.follow_up_due_at == NOW + 49 * HOUR


def test_every_event_raises_the_version_by_one() -> None:
    lead = an_assigned_lead()
    before = lead.version

    lead.record_follow_up("f-1", occurred_at=NOW, at=NOW, working=TERMS.working)
    lead.convert(CustomerId("c-1"), OpportunityId("o-1"), at=NOW)

    assert [event.version for event in lead.pull_events()] == [before + 1, before + 2]
    assert lead.version == before + 2
    assert lead.pull_events() == []


def test_a_caller_who_saw_an_older_version_is_told_the_current_one() -> None:
    lead = an_assigned_lead()

    with pytest.raises(Stale) as stale:
        lead.require_version(lead.version - 1)

    assert stale.value.metadata["current_version"] == str(lead.version)


@pytest.mark.parametrize("end", ["convert", "close", "reject", "merge", "erase"])
def test_a_lead_that_has_ended_refuses_an_owner_and_changes_nothing(end: str) -> None:
    lead = an_assigned_lead()
    ended(lead, end)
    version = lead.version

    with pytest.raises(LeadStateForbids) as refused:
        lead.override_owner(
            an_owner("bob"), reason="he knows them", moved_by=BOSS, decision_id=None, at=NOW, terms=TERMS
        )

    assert refused.value.metadata["move"] == "override"
    assert lead.version == version


def ended(lead: Lead, end: str) -> None:
    match end:
        case "convert":
            lead.convert(CustomerId("c-1"), OpportunityId("o-1"), at=NOW)
        case "close":
            lead.close(DeathReason.NO_BUDGET, LeadQuality.C, at=NOW)
        case "reject":
            lead.reject("SPAM", at=NOW)
        case "merge":
            lead.merge(into=LeadId("lead-2"), reasons=["PHONE_EQUAL"], at=NOW)
        case _:
            lead.erase(at=NOW)


def test_a_person_changes_the_owner_only_with_a_reason() -> None:
    lead = an_assigned_lead()

    with pytest.raises(Invalid):
        lead.override_owner(an_owner("bob"), reason="  ", moved_by=BOSS, decision_id=None, at=NOW, terms=TERMS)

    assert lead.owner == an_owner()


def test_an_override_names_both_owners_and_starts_a_whole_follow_up_clock() -> None:
    lead = an_assigned_lead()

    lead.override_owner(
        an_owner("bob"), reason="speaks Cantonese", moved_by=BOSS, decision_id=DECISION, at=NOW + HOUR, terms=TERMS
    )

    [moved] = lead.pull_events()
    assert isinstance(moved, e.LeadReassigned)
    assert moved.left == an_owner()
    assert moved.owner == an_owner("bob")
    assert moved.moved_by == BOSS
    assert moved.follow_up_due_at == NOW + 49 * HOUR


def test_an_override_to_the_present_owner_is_refused() -> None:
    lead = an_assigned_lead()

    with pytest.raises(LeadStateForbids):
        lead.override_owner(an_owner(), reason="again", moved_by=BOSS, decision_id=None, at=NOW, terms=TERMS)


def test_a_waiting_lead_may_be_queued_again_for_another_reason() -> None:
    lead = a_lead()

    lead.queue(WaitingReason.NEXT_SHIFT, decision_id=DECISION, look_again_at=NOW + HOUR, at=NOW)
    lead.queue(WaitingReason.FULL, decision_id=DECISION, look_again_at=None, at=NOW + HOUR)

    assert lead.standing.waiting_reason is WaitingReason.FULL
    assert lead.standing.look_again_at is None
    assert [type(event) for event in lead.pull_events()] == [e.LeadQueued, e.LeadQueued]


def test_an_uncontacted_lead_is_rerouted_at_most_twice() -> None:
    lead = an_assigned_lead()

    for rep in ("bob", "cat"):
        lead.reroute(an_owner(rep), decision_id=DECISION, at_most=2, at=NOW, terms=TERMS)
    with pytest.raises(RerouteForbidden):
        lead.reroute(an_owner("dan"), decision_id=DECISION, at_most=2, at=NOW, terms=TERMS)

    assert lead.owner == an_owner("cat")


def test_only_a_person_moves_a_lead_after_the_first_contact() -> None:
    lead = an_assigned_lead()
    lead.record_follow_up("f-1", occurred_at=NOW + HOUR, at=NOW + HOUR, working=TERMS.working)

    with pytest.raises(RerouteForbidden) as refused:
        lead.reroute(an_owner("bob"), decision_id=DECISION, at_most=2, at=NOW + 2 * HOUR, terms=TERMS)

    assert refused.value.metadata["because"] == "it was contacted"


def test_an_accepted_lead_is_not_rerouted() -> None:
    lead = a_lead()
    lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + HOUR, at=NOW)
    lead.accept_offer(RepId("ann"), at=NOW, terms=TERMS)

    with pytest.raises(RerouteForbidden):
        lead.reroute(an_owner("bob"), decision_id=DECISION, at_most=2, at=NOW, terms=TERMS)


def test_a_lead_returned_to_a_pool_can_be_claimed_by_another_rep() -> None:
    lead = an_assigned_lead()

    lead.pool(PoolId("public"), cause="RETURNED", at=NOW)
    lead.claim(an_owner("bob"), at=NOW + HOUR, terms=TERMS)

    pooled, claimed = lead.pull_events()
    assert isinstance(pooled, e.LeadPooled)
    assert pooled.left == an_owner()
    assert isinstance(claimed, e.LeadAssigned)
    assert claimed.because is MovedBecause.CLAIMED


def test_the_first_owner_alone_ends_the_wait_of_a_lead() -> None:
    lead = a_lead()
    lead.assign(an_owner("r1"), decision_id=DECISION, because=MovedBecause.BEST_TOTAL, at=NOW + 3 * HOUR, terms=TERMS)
    lead.pool(PoolId("sea"), cause="RETURNED", at=NOW + 4 * HOUR)
    lead.claim(an_owner("r2"), at=NOW + 5 * HOUR, terms=TERMS)

    first, second = (event for event in lead.pull_events() if isinstance(event, e.LeadAssigned))

    assert (first.waited, second.waited) == (3 * HOUR, None)


def test_a_duplicate_is_joined_on_arrival_and_told_to_the_lead_it_joins() -> None:
    first = an_assigned_lead()

    second = Lead.join_on_arrival(
        LeadId("lead-2"),
        details(),
        into=first,
        submitter=PersonId("bob"),
        reasons=["PHONE_MOBILE_EQUAL"],
        at=NOW + HOUR,
        terms=TERMS,
    )

    assert second.state is LeadState.MERGED
    assert second.standing.merged_into == first.id
    assert first.touches == 2
    [joined] = first.pull_events()
    assert isinstance(joined, e.LeadJoined)
    assert (joined.submission_id, joined.owner, joined.reasons) == ("lead-2", an_owner(), ("PHONE_MOBILE_EQUAL",))
    assert second.pull_events() == []


def test_nothing_joins_a_closed_lead() -> None:
    first = an_assigned_lead()
    first.close(DeathReason.NO_BUDGET, LeadQuality.C, at=NOW)

    with pytest.raises(LeadStateForbids):
        Lead.join_on_arrival(
            LeadId("lead-2"), details(), into=first, submitter=None, reasons=["PHONE_EQUAL"], at=NOW, terms=TERMS
        )

    assert first.touches == 1


def test_taking_a_merge_back_restores_owner_and_state() -> None:
    lead = an_assigned_lead()
    before = lead.standing
    lead.merge(into=LeadId("lead-2"), reasons=["CREDIT_CODE_EQUAL"], at=NOW)

    lead.part(at=NOW + HOUR)

    assert lead.standing == before
    merged, parted = lead.pull_events()
    assert isinstance(merged, e.LeadMerged)
    assert isinstance(parted, e.LeadParted)
    assert parted.owner == an_owner()


def test_an_offer_open_at_the_merge_is_not_restored() -> None:
    lead = a_lead()
    lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + HOUR, at=NOW)
    lead.merge(into=LeadId("lead-2"), reasons=["PHONE_EQUAL"], at=NOW)

    lead.part(at=NOW + 2 * HOUR)

    assert lead.state is LeadState.WAITING


def test_a_lead_is_merged_into_exactly_one_other() -> None:
    lead = a_lead()

    with pytest.raises(Invalid):
        lead.merge(into=lead.id, reasons=["SELF"], at=NOW)
    with pytest.raises(Invalid):
        lead.merge(into=LeadId("lead-2"), into_customer=CustomerId("c-1"), reasons=["BOTH"], at=NOW)


def test_a_rejection_needs_a_reason_and_keeps_it() -> None:
    lead = an_assigned_lead()

    with pytest.raises(Invalid):
        lead.reject("", at=NOW)
    lead.reject("IMPORT_UNDONE", at=NOW)

    assert lead.standing.end_reason == "IMPORT_UNDONE"


def test_a_reopened_lead_stands_in_the_supervisors_queue_with_its_response_clock_running() -> None:
    lead = an_assigned_lead()
    lead.close(DeathReason.UNREACHABLE, LeadQuality.D, at=NOW + HOUR)

    lead.reopen(at=NOW + 2 * HOUR)

    assert lead.state is LeadState.WAITING
    assert lead.standing.waiting_reason is WaitingReason.SUPERVISOR
    assert lead.clocks.response_due_at(TERMS.working) == NOW + 2 * HOUR


def test_erasure_empties_personal_data_and_keeps_the_profile() -> None:
    lead = an_assigned_lead()

    lead.erase(at=NOW)

    assert lead.state is LeadState.ERASED
    assert lead.details.identity == LeadIdentity()
    assert lead.details.origin == LeadOrigin("website")
    assert lead.details.profile.industry == "clinic"
    with pytest.raises(LeadStateForbids):
        lead.erase(at=NOW)


def test_a_changed_profile_is_announced_by_field_names_only() -> None:
    lead = a_lead()

    lead.update_profile(LeadProfile(industry="hospital", region="浙江", segment="KA"), custom={"beds": "300"}, at=NOW)

    [updated] = lead.pull_events()
    assert isinstance(updated, e.LeadUpdated)
    assert updated.changed == ("industry", "segment", "custom")


def test_raising_urgency_tells_the_owner() -> None:
    lead = an_assigned_lead()

    lead.raise_urgency(["COMPARES_COMPETITORS"], at=NOW)

    assert lead.is_urgent
    [raised] = lead.pull_events()
    assert isinstance(raised, e.LeadUrgencyRaised)
    assert raised.owner == an_owner()


def test_a_new_score_is_kept_with_its_model() -> None:
    lead = a_lead()

    lead.rescore(LeadScore(140_000, "scorecard-8"), at=NOW)

    assert lead.score == LeadScore(140_000, "scorecard-8")


def test_a_lead_is_qualified_by_the_third_document_and_not_before() -> None:
    lead = an_assigned_lead()

    lead.attach_document(DocumentKind.INTERVIEW_MINUTES, FileId("f-1"), at=NOW)
    lead.attach_document(DocumentKind.COMPETITOR_BRIEF, FileId("f-2"), at=NOW)
    assert lead.qualification.missing() == (DocumentKind.ROI_SHEET,)
    lead.attach_document(DocumentKind.ROI_SHEET, FileId("f-3"), at=NOW + HOUR)
    lead.attach_document(DocumentKind.ROI_SHEET, FileId("f-4"), at=NOW + 2 * HOUR)

    qualified = [event for event in lead.pull_events() if isinstance(event, e.LeadQualified)]
    assert [event.at for event in qualified] == [NOW + HOUR]
