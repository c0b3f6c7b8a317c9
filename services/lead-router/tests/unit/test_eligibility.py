"""Who may get a lead, and every rule that says no."""

from datetime import timedelta
from typing import Any

import pytest

from lead_router.domain.ids import RepId
from lead_router.domain.routing.outcome import Assigned
from lead_router.domain.routing.rep_row import RepRow

from .builders import HOUR, NOW, a_policy, a_rep, a_snapshot, decided, some_tables, tags


def rules_against(row: RepRow, policy: dict[str, Any] | None = None, **lead: Any) -> tuple[str, ...]:
    """Rules that keep the rep from the lead; another rep is there to take it."""
    [decision] = decided(a_snapshot(**lead), [row, a_rep("zoe")], a_policy(**(policy or {})))
    return decision.excluded_by(row.rep_id)


def clause(when: str, **changes: str) -> dict[str, Any]:
    return {"eligibility": {"clauses": [{"id": "ours", "when": when, **changes}]}}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"is_paused": True}, "PAUSED"),
        ({"is_on_leave": True}, "ON_LEAVE"),
        ({"shifts": ()}, "OFF_SHIFT"),
        ({"shifts": ((NOW + HOUR, NOW + 2 * HOUR),)}, "OFF_SHIFT"),
        ({"leads_today": 10, "counted_on": NOW.date()}, "DAILY_CAP"),
        ({"open_leads": 10}, "OPEN_CAP"),
        ({"open_leads": 11}, "OPEN_CAP"),
    ],
)
def test_a_rep_who_cannot_take_a_lead_now_is_excluded_by_rule(changes: dict[str, Any], rule: str) -> None:
    assert rules_against(a_rep("ann", **changes)) == (rule,)


def test_all_rules_that_exclude_a_rep_are_named() -> None:
    row = a_rep("ann", is_paused=True, is_on_leave=True, shifts=(), open_leads=10)

    assert rules_against(row, clause("rep.trained")) == (
        "PAUSED",
        "ON_LEAVE",
        "OFF_SHIFT",
        "OPEN_CAP",
        "CLAUSE:ours",
    )


def test_leads_counted_on_another_day_leave_the_daily_cap_alone() -> None:
    yesterday = NOW.date() - timedelta(days=1)

    assert rules_against(a_rep("ann", leads_today=10, counted_on=yesterday)) == ()


def test_a_shift_ends_at_its_end_and_begins_at_its_start() -> None:
    assert rules_against(a_rep("ann", shifts=((NOW - HOUR, NOW),))) == ("OFF_SHIFT",)
    assert rules_against(a_rep("ann", shifts=((NOW, NOW + HOUR),))) == ()


def test_a_rep_only_clause_that_was_never_evaluated_excludes() -> None:
    assert rules_against(a_rep("ann"), clause("rep.trained")) == ("CLAUSE:ours",)
    assert rules_against(a_rep("ann", clause_results={"rep.trained": True}), clause("rep.trained")) == ()


def test_a_lead_only_clause_excludes_everybody() -> None:
    policy = clause("lead.source != 'test'")

    assert rules_against(a_rep("ann"), policy) == ("CLAUSE:ours",)
    assert rules_against(a_rep("ann"), policy, clause_results={"lead.source != 'test'": True}) == ()


def test_a_clause_over_both_excludes_who_does_not_meet_it() -> None:
    policy = clause("lead.region in rep.region")
    row = a_rep("ann", tags=tags(region="江苏"))

    assert rules_against(row, policy, tags={"region": ("浙江",)}) == ("CLAUSE:ours",)
    assert rules_against(row, policy, tags={"region": ("江苏",)}) == ()
    assert rules_against(row, policy) == ("CLAUSE:ours",)
    assert rules_against(row, clause("lead.region in rep.region", if_unknown="pass")) == ()


def test_a_required_territory_excludes_all_but_its_owners() -> None:
    policy = {"eligibility": {"territory": "require", "owner_precedence": []}}
    [decision] = decided(
        a_snapshot(tags={"region": ("浙江",)}),
        [a_rep("ann", tags=tags(territory="浙江")), a_rep("bob", tags=tags(territory="江苏"))],
        a_policy(**policy),
    )

    assert decision.rep_id == "ann"
    assert decision.excluded_by(RepId("bob")) == ("TERRITORY",)


def test_a_region_that_nobody_owns_is_open_to_all() -> None:
    policy = {"eligibility": {"territory": "require"}}

    assert rules_against(a_rep("ann", tags=tags(territory="江苏")), policy, tags={"region": ("浙江",)}) == ()


def test_a_key_account_specialist_is_kept_from_smb_leads_where_the_tenant_wants_it() -> None:
    row = a_rep("ann", tags=tags(segment="KA"))

    assert rules_against(row, {"eligibility": {"ka_on_smb": "exclude"}}, segment="SMB") == ("KA_ON_SMB",)
    assert rules_against(row, {"eligibility": {"ka_on_smb": "exclude"}}, segment="KA") == ()
    assert rules_against(row, segment="SMB") == ()


def test_who_declined_a_lead_is_not_offered_it_again() -> None:
    assert rules_against(a_rep("ann"), declined_by=(RepId("ann"), RepId("gone"))) == ("DECLINED",)


def test_who_lost_a_race_for_a_lead_is_named_so() -> None:
    assert rules_against(a_rep("ann"), lost_to_rival=(RepId("ann"),)) == ("LOST_TO_RIVAL",)


def test_novices_do_not_get_high_value_leads_while_somebody_else_is_free() -> None:
    policy = a_policy()
    novice = a_rep("ann", joined_at=NOW - timedelta(days=89), median_response_minutes=0)
    senior = a_rep("bob", joined_at=NOW - timedelta(days=90), median_response_minutes=300)
    guarded = some_tables(policy, high_value_from=100_000)

    [valuable] = decided(a_snapshot(amount=1_000_000), [novice, senior], policy, tables=guarded)
    [ordinary] = decided(a_snapshot(amount=999_990), [novice, senior], policy, tables=guarded)
    [alone] = decided(a_snapshot(amount=1_000_000), [novice], policy, tables=guarded)

    assert valuable.rep_id == "bob"
    assert valuable.excluded_by(RepId("ann")) == ("HIGH_VALUE_GUARD",)
    assert ordinary.rep_id == "ann"
    assert alone.rep_id == "ann"


def test_once_the_senior_is_full_the_novice_gets_the_next_valuable_lead() -> None:
    policy = a_policy()
    rows = [a_rep("ann", joined_at=NOW - timedelta(days=1)), a_rep("bob", open_cap=1)]
    leads = [a_snapshot("first"), a_snapshot("second")]

    first, second = decided(leads, rows, policy, tables=some_tables(policy, high_value_from=1))

    assert (first.rep_id, second.rep_id) == ("bob", "ann")


def test_an_accounts_owner_keeps_a_valuable_lead_though_a_novice() -> None:
    policy = a_policy()
    rows = [a_rep("ann", joined_at=NOW - timedelta(days=1)), a_rep("bob")]

    [decision] = decided(
        a_snapshot(account_owner=RepId("ann")), rows, policy, tables=some_tables(policy, high_value_from=1)
    )

    assert isinstance(decision.outcome, Assigned)
    assert (decision.outcome.rep_id, decision.outcome.because.value) == ("ann", "STICKY_OWNER")
    assert decision.excluded_by(RepId("ann")) == ()
