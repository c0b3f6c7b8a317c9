"""What counts as a difference between two services, and what does not."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.reconciliation import (
    CHECKS,
    Check,
    Code,
    Comparison,
    Difference,
    DifferenceKind,
    Finding,
    Place,
    Reading,
    Records,
    Remedy,
    RemedyKind,
)

COPY = Check(
    Code.LEAD_OWNERS, Place("lead-router", "owned_leads"), Place("scoring", "owned_leads"), ("owner_id", "team_id")
)
REFERENCE = Check(
    Code.OPPORTUNITY_CUSTOMERS,
    Place("collab", "customers"),
    Place("pipeline", "opportunity_customers"),
    is_reference=True,
)


def judged(
    owned: Records, kept: Records, *, check: Check = COPY, copy: Reading | None = None, after: Records | None = None
) -> Comparison:
    comparison = Comparison(check, "t")
    before = Reading(owned, aggregate="lead")
    seen = copy or Reading(kept, consumer="scoring.warehouse")
    ids = sorted(owned.keys() | kept.keys())
    comparison.judge(ids, before, replace(seen, records=kept), Reading(owned if after is None else after))
    return comparison


def test_a_difference_names_the_record_and_the_facts_that_are_unlike() -> None:
    found = judged({"a": ("anna", "north"), "b": ("bo", "south")}, {"a": ("anna", "south"), "c": ("bo", "south")})

    assert found.differences == [
        Difference("t", "a", DifferenceKind.UNLIKE, ("team_id",)),
        Difference("t", "b", DifferenceKind.MISSING_IN_COPY),
        Difference("t", "c", DifferenceKind.MISSING_AT_OWNER),
    ]


def test_what_an_event_or_a_process_is_about_to_change_is_no_difference() -> None:
    found = judged({"a": ("anna", "north")}, {}, copy=Reading({}, moving=frozenset({"a"})))

    assert (found.differences, found.remedies) == ([], ())


def test_what_the_owner_changed_while_the_copy_was_read_is_no_difference() -> None:
    found = judged({"a": ("anna", "north")}, {"a": ("bo", "south")}, after={"a": ("bo", "south")})

    assert found.differences == []


def test_a_reference_differs_only_where_the_owner_has_nothing() -> None:
    found = judged({"a": (), "b": ()}, {"a": (), "c": ()}, check=REFERENCE)

    assert found.differences == [Difference("t", "c", DifferenceKind.MISSING_AT_OWNER)]


def test_the_remedy_begins_with_what_is_parked_and_ends_with_a_snapshot() -> None:
    parked = Reading({}, parked=frozenset({"a"}), consumer="scoring.warehouse")

    found = judged({"a": ("anna", "north")}, {}, copy=parked)

    assert found.remedies == (
        Remedy(RemedyKind.REPLAY_DEAD_LETTERS, "scoring", consumer="scoring.warehouse"),
        Remedy(RemedyKind.REPUBLISH_EVENTS, "lead-router"),
        Remedy(RemedyKind.SNAPSHOT_EVENTS, "lead-router", aggregate="lead"),
    )
    assert judged({}, {"c": ()}, check=REFERENCE, copy=Reading({})).remedies == (
        Remedy(RemedyKind.LOOK_AT_RECORDS, "pipeline"),
    )


def test_findings_of_several_tenants_add_up_and_keep_so_many_examples() -> None:
    one = Finding(COPY, 3, 2, 1, examples=(Difference("t", "a", DifferenceKind.UNLIKE),))
    other = Finding(COPY, 5, 5, 2, examples=(Difference("u", "b", DifferenceKind.UNLIKE),), unanswered="scoring")

    both = one.with_more(other, 1)

    assert (both.owner_records, both.copy_records, both.differences) == (8, 7, 3)
    assert ([each.tenant_id for each in both.examples], both.unanswered) == (["t"], "scoring")


def test_each_check_is_told_apart_by_its_code_and_the_copy() -> None:
    names = [(check.code, check.copy.service) for check in CHECKS]

    assert len(set(names)) == len(names)
    assert {check.code for check in CHECKS} == set(Code)
