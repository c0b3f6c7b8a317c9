"""An opportunity passes gates on evidence, or skips them with a reason that stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.errors import Invalid, Stale
from pipeline.domain.amount import Amount
from pipeline.domain.errors import OpportunityStateForbids, StageGateUnmet, StageIsLast, StageTooEarly
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.opportunity_events import OpportunityChanged, OpportunityMoved
from pipeline.domain.stage_gate import Evidence
from pipeline.domain.stage_move import MoveKind, State

from ..builders import ANNA, BO, MONDAY, SOUTH, an_opportunity, some_details

BY = f"person:{ANNA}"
LATER = MONDAY + timedelta(hours=1)
REASON = "客户要求直接报价并跳过演示"


def ticked(opportunity: Opportunity, *codes: str) -> Opportunity:
    for code in codes:
        opportunity.tick(code, note="", by=BY, at=MONDAY)
    return opportunity


def in_stage(stage: str) -> Opportunity:
    opportunity = an_opportunity()
    opportunity.skip_to(stage, reason=REASON, by=BY, at=MONDAY)
    opportunity.pull_events()
    return opportunity


def test_new_opportunity_stands_in_the_first_stage_and_says_so() -> None:
    opportunity = an_opportunity()

    [created] = opportunity.pull_events()

    assert isinstance(created, OpportunityMoved)
    assert (created.move.kind, created.move.stage, created.move.number) == (MoveKind.CREATED, "talk", 1)
    assert (opportunity.stage, opportunity.version, opportunity.win_probability_pct) == ("talk", 1, 10)


def test_gate_that_is_not_met_names_all_that_exit_and_entry_lack() -> None:
    opportunity = an_opportunity()

    with pytest.raises(StageGateUnmet) as refused:
        opportunity.advance(by=BY, at=LATER)

    assert refused.value.metadata["missing"] == "needs, budget, invited"
    assert refused.value.metadata["missing_zh"] == "项needs、项budget、项invited"
    assert (opportunity.stage, opportunity.version) == ("talk", 1)


def test_opportunity_with_all_items_advances() -> None:
    opportunity = ticked(an_opportunity(details=some_details(amount=Amount(0, "CNY"))), "needs", "invited")
    opportunity.pull_events()

    opportunity.advance(by=BY, at=LATER)

    [moved] = opportunity.pull_events()
    assert isinstance(moved, OpportunityMoved)
    assert (moved.move.kind, moved.move.from_stage, moved.move.stage) == (MoveKind.ADVANCED, "talk", "show")
    assert (opportunity.stage_entered_at, opportunity.win_probability_pct) == (LATER, 40)


def test_document_item_takes_no_tick_and_no_other_document() -> None:
    opportunity = an_opportunity()

    with pytest.raises(Invalid, match="a tick is not enough"):
        opportunity.tick("shown", note="", by=BY, at=LATER)
    with pytest.raises(Invalid, match="asks for a minutes"):
        opportunity.attach("shown", Evidence("photo", "file-1"), note="", by=BY, at=LATER)

    opportunity.attach("shown", Evidence("minutes", "file-1"), note="", by=BY, at=LATER)
    assert opportunity.fulfilled["shown"].evidence == Evidence("minutes", "file-1")


def test_field_item_is_fulfilled_by_the_field_alone() -> None:
    opportunity = an_opportunity()

    with pytest.raises(Invalid, match="fulfilled by the field amount"):
        opportunity.attach("budget", Evidence("minutes", "file-1"), note="", by=BY, at=LATER)


def test_item_that_is_not_required_keeps_no_gate_shut() -> None:
    opportunity = ticked(in_stage("agree"), "terms")

    opportunity.advance(by=BY, at=LATER)

    assert opportunity.stage == "sign"


def test_skip_keeps_reason_stages_and_everything_that_was_missing() -> None:
    opportunity = an_opportunity()
    opportunity.pull_events()

    opportunity.skip_to("agree", reason=f"  {REASON} ", by=BY, at=LATER)

    [moved] = opportunity.pull_events()
    assert isinstance(moved, OpportunityMoved)
    assert moved.move.skipped_stages == ("show",)
    assert moved.move.missing_items == ("needs", "budget", "invited", "shown")
    assert moved.move.reason == REASON
    assert opportunity.skips == 1


@pytest.mark.parametrize("reason", ["", "客户要", "         x         ", "九个字符九个字符九"])
def test_skip_without_a_reason_of_ten_characters_is_refused_with_every_fault(reason: str) -> None:
    opportunity = an_opportunity()

    with pytest.raises(Invalid) as refused:
        opportunity.skip_to("talk", reason=reason, by=BY, at=LATER)

    assert [fault.field for fault in refused.value.violations] == ["stage", "reason"]
    assert opportunity.skips == 0


def test_stage_of_another_model_is_none() -> None:
    with pytest.raises(Invalid, match="has no stage nowhere"):
        an_opportunity().skip_to("nowhere", reason=REASON, by=BY, at=LATER)


def test_step_back_keeps_what_was_fulfilled() -> None:
    opportunity = in_stage("agree")
    ticked(opportunity, "terms")

    opportunity.step_back("show", reason="客户换了联系人", by=BY, at=LATER)

    assert opportunity.stage == "show"
    assert "terms" in opportunity.fulfilled


def test_way_back_leads_only_back() -> None:
    with pytest.raises(Invalid) as refused:
        in_stage("show").step_back("agree", reason=" ", by=BY, at=LATER)

    assert [fault.field for fault in refused.value.violations] == ["stage", "reason"]


def test_opportunity_is_won_only_from_the_stage_that_the_model_names_with_its_gate_met() -> None:
    with pytest.raises(StageTooEarly):
        in_stage("show").win(note="", by=BY, at=LATER)
    opportunity = in_stage("agree")
    with pytest.raises(StageGateUnmet):
        opportunity.win(note="", by=BY, at=LATER)

    ticked(opportunity, "terms").win(note="", by=BY, at=LATER)

    assert (opportunity.state, opportunity.closed_at, opportunity.win_probability_pct) == (State.WON, LATER, 100)


def test_last_stage_leads_nowhere() -> None:
    with pytest.raises(StageIsLast):
        in_stage("sign").advance(by=BY, at=LATER)


def test_loss_for_other_reasons_says_which() -> None:
    opportunity = an_opportunity()

    with pytest.raises(Invalid, match="note"):
        opportunity.lose("other", note=" ", by=BY, at=LATER)

    opportunity.lose("price", note="", by=BY, at=LATER)
    assert (opportunity.state, opportunity.loss_reason, opportunity.win_probability_pct) == (State.LOST, "price", 0)


def test_closed_opportunity_changes_only_by_reopening() -> None:
    opportunity = an_opportunity()
    opportunity.lose("price", note="", by=BY, at=LATER)

    for change in (
        lambda: opportunity.advance(by=BY, at=LATER),
        lambda: opportunity.skip_to("sign", reason=REASON, by=BY, at=LATER),
        lambda: opportunity.win(note="", by=BY, at=LATER),
        lambda: opportunity.tick("needs", note="", by=BY, at=LATER),
        lambda: opportunity.clear("needs", at=LATER),
        lambda: opportunity.update(some_details(title="另一个"), at=LATER),
    ):
        with pytest.raises(OpportunityStateForbids):
            change()

    opportunity.reopen(reason="客户恢复预算", by=BY, at=LATER)
    assert (opportunity.state, opportunity.closed_at, opportunity.loss_reason) == (State.OPEN, None, "")


def test_update_names_what_changed_and_nothing_where_nothing_did() -> None:
    opportunity = an_opportunity()
    opportunity.pull_events()

    assert opportunity.update(some_details(owner_id=BO, team_id=SOUTH), at=LATER)
    assert not opportunity.update(some_details(owner_id=BO, team_id=SOUTH), at=LATER)

    [changed] = opportunity.pull_events()
    assert isinstance(changed, OpportunityChanged)
    assert changed.changed_fields == ("owner_id", "team_id")
    assert opportunity.version == 2


def test_older_version_is_refused_with_the_present_one() -> None:
    with pytest.raises(Stale) as refused:
        an_opportunity().require_version(0)

    assert refused.value.metadata["current_version"] == "1"


def test_facts_carry_no_free_text() -> None:
    opportunity = an_opportunity(details=some_details(title="王主任的项目", custom={"联系人": "王主任"}))
    opportunity.tick("needs", note="王主任确认", by=BY, at=LATER)

    standings = [event.standing for event in opportunity.pull_events()]

    assert "王主任" not in repr(standings)


def test_amount_is_never_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        Amount(-1, "CNY")
