"""Receipts: the same inputs give the same bytes, and nothing that was seen is left out."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import NotFound
from lead_router.domain.errors import ReplayInputsDiffer
from lead_router.domain.ids import RepId
from lead_router.domain.routing import canonical_json
from lead_router.domain.routing.decision import Decision
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.outcome import Award
from lead_router.domain.routing.prices import PriceTable
from lead_router.domain.routing.receipt import (
    Fullness,
    candidates_of,
    exclusions_of,
    fullness_of,
    replay,
    write_receipt,
)
from lead_router.domain.routing.rep_row import RepRow
from lead_router.domain.routing.rep_table import RepTable
from lead_router.domain.routing.skill import SkillTable

from .builders import HOUR, MINUTE, NOW, a_policy, a_rep, a_snapshot, a_table, decided, some_tables, tags

POLICY = a_policy(
    eligibility={"clauses": [{"id": "region", "when": "lead.region in rep.region", "if_unknown": "pass"}]}
)
ANN, BOB = RepId("ann"), RepId("bob")
SKILL = SkillTable(3, SkillTable.before_evidence(POLICY.lifts).by_class, {ANN: 1_234_567}, {(BOB, "SMB"): 890_123})
TABLES = some_tables(POLICY, skill=SKILL, prices=PriceTable(9, prices={BOB: (777, 0)}))


def a_team() -> list[RepRow]:
    return [
        a_rep("ann", median_response_minutes=45, tags=tags(industry="clinic", region="浙江"), carried=123_456_789),
        a_rep("bob", median_response_minutes=5, tags=tags(region=["浙江", "江苏"]), open_cap=2),
        a_rep("cat", is_paused=True),
        a_rep("dan", tags=tags(region="广东"), carried=-99_999),
    ]


def some_leads(count: int = 5) -> list[LeadSnapshot]:
    return [
        a_snapshot(
            f"lead-{at}",
            amount=3_333_333 + 101 * at,
            segment="SMB",
            received_at=NOW - at * 7 * MINUTE,
            tags={"industry": ("clinic",), "region": ("浙江",)},
            compares_competitors=at % 3 == 0,
        )
        for at in range(count)
    ]


def replayed(content: bytes, rows: list[RepRow]) -> Decision:
    return replay(json.loads(content), reps=RepTable.from_rows(reversed(rows)), policy=POLICY, tables=TABLES)


def test_every_lead_of_a_batch_replays_alone_to_the_same_bytes() -> None:
    for decision in decided(some_leads(), a_team(), POLICY, tables=TABLES):
        receipt = write_receipt(decision)

        again = write_receipt(replayed(receipt.content, a_team()))

        assert again.content == receipt.content
        assert again.digest == receipt.digest


def test_a_second_pass_after_a_lost_race_replays_too() -> None:
    [decision] = decided(
        a_snapshot(lost_to_rival=(BOB,), declined_by=(RepId("gone"),)),
        a_team(),
        POLICY,
        tables=TABLES,
        earlier=[Award(ANN, 4321), Award(BOB, 99)],
        held=[ANN, BOB],
    )

    receipt = write_receipt(decision, asked=[RepId("dan")])
    again = write_receipt(replayed(receipt.content, a_team()), asked=[RepId("dan")])

    assert again.content == receipt.content
    assert receipt.document["batch"]["held"] == [0, 1]


def test_the_same_decision_has_had_the_same_digest_on_every_machine() -> None:
    decision = decided(some_leads(), a_team(), POLICY, tables=TABLES)[3]

    assert write_receipt(decision).digest == "83cec2d2b7906479d5d4b112baac62352cab7184439071f41559ff38e6f9f547"


def test_the_terms_of_the_best_add_up_to_their_totals() -> None:
    [decision] = decided(some_leads(1), a_team(), POLICY, tables=TABLES)

    document = write_receipt(decision).document

    assert [row["rep_id"] for row in document["best"]] == ["ann", "bob"]
    for row in document["best"]:
        assert sum(row["terms"].values()) == row["total"]
    ranked = candidates_of(document, decision.batch.reps.roster)
    assert [(rep.rep_id, rep.total) for rep in ranked] == [(row["rep_id"], row["total"]) for row in document["best"]]


def test_every_exclusion_is_there_with_its_rules() -> None:
    [decision] = decided(some_leads(1), a_team(), POLICY, tables=TABLES)

    excluded = exclusions_of(write_receipt(decision).document, decision.batch.reps.roster)

    assert excluded == {"cat": ("PAUSED",), "dan": ("CLAUSE:region",)}


def test_what_was_counted_against_a_full_rep_is_there_with_the_earlier_leads_of_the_batch() -> None:
    rows = [a_rep("ann", leads_today=9, counted_on=NOW.date(), open_leads=4, open_cap=50), a_rep("bob", open_leads=11)]
    _, second = decided([a_snapshot("lead-1"), a_snapshot("lead-2")], rows)

    document = write_receipt(second).document

    assert fullness_of(document, second.batch.reps.roster) == {
        "ann": Fullness(leads_today=10, daily_cap=10, open_leads=5, open_cap=50),
        "bob": Fullness(leads_today=0, daily_cap=10, open_leads=11, open_cap=10),
    }


def test_only_the_ten_best_and_those_asked_for_have_their_terms_written() -> None:
    rows = [a_rep(f"rep-{at:02}", median_response_minutes=at) for at in range(15)]
    [decision] = decided(a_snapshot(), rows)

    document = write_receipt(decision, asked=[RepId("rep-12")]).document

    assert [row["rank"] for row in document["best"]] == [*range(1, 11), 13]
    assert document["best"][-1]["rep_id"] == "rep-12"
    assert len(candidates_of(document, decision.batch.reps.roster)) == 15


def test_an_excluded_rep_who_asks_has_terms_without_a_rank() -> None:
    [decision] = decided(some_leads(1), a_team(), POLICY, tables=TABLES)

    row = write_receipt(decision, asked=[RepId("cat")]).document["best"][-1]

    assert (row["rep_id"], row["rank"]) == ("cat", None)
    assert row["total"] == decision.terms(RepId("cat")).total


def test_a_stranger_who_asks_is_not_found() -> None:
    [decision] = decided(some_leads(1), a_team(), POLICY, tables=TABLES)

    with pytest.raises(NotFound):
        write_receipt(decision, asked=[RepId("stranger")])


def test_a_receipt_names_every_version_it_was_written_from() -> None:
    decision = decided(some_leads(), a_team(), POLICY, tables=TABLES)[2]

    document = write_receipt(decision).document

    assert document["versions"] == {
        "policy_id": "policy-1",
        "policy_version": 1,
        "skill": 3,
        "worth": 1,
        "prices": 9,
        "decay": "reference-1",
        "rep_change_seq": 1,
        "roster": decision.batch.reps.roster.digest,
        "reps": decision.batch.reps.inputs_digest(),
    }
    assert document["moment"]["calendar"] == 4
    assert document["batch"]["position"] == 2
    assert len(document["batch"]["earlier"]) == 2
    assert document["ledger"]["team"]["weight_present"] == 400


def test_a_waiting_lead_has_a_receipt_that_says_why() -> None:
    [decision] = decided(a_snapshot(), [a_rep("ann", shifts=((NOW + HOUR, NOW + 2 * HOUR),))])

    outcome: dict[str, Any] = write_receipt(decision).document["outcome"]

    assert (outcome["kind"], outcome["reason"], outcome["because"]) == ("waiting", "next_shift", "NEXT_SHIFT")


def test_a_replay_on_other_inputs_is_refused_naming_them() -> None:
    [decision] = decided(some_leads(1), a_team(), POLICY, tables=TABLES)
    document = json.loads(write_receipt(decision).content)
    other_tables = some_tables(POLICY, skill=SkillTable(4, SKILL.by_class))
    loaded = a_table(*a_team()).updated([a_rep("ann", change_seq=2, open_leads=1)])

    with pytest.raises(ReplayInputsDiffer) as refused:
        replay(document, reps=loaded, policy=POLICY, tables=other_tables)

    assert refused.value.metadata["inputs"] == "prices, rep_change_seq, reps, skill"


def test_a_receipt_holds_no_personal_data() -> None:
    [decision] = decided(some_leads(1), a_team(), POLICY, tables=TABLES)

    content = write_receipt(decision).content.decode()

    shown = {field.name for field in LeadSnapshot.__dataclass_fields__.values()} - {"score"}  # no model, no score
    assert set(json.loads(content)["lead"]) == shown
    for word in ("phone", "email", "person", "company"):
        assert word not in content


def test_canonical_json_has_one_spelling() -> None:
    one = canonical_json.encode({"b": [1, {"y": None, "x": True}], "a": "线索"})
    other = canonical_json.encode({"a": "线索", "b": (1, {"x": True, "y": None})})

    assert one == other == '{"a":"线索","b":[1,{"x":true,"y":null}]}'.encode()
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json.encode({"a": float("inf")})


REPS = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.integers(0, 3),
        st.integers(-(10**12), 10**12),
        st.sampled_from(["浙江", "江苏", "广东"]),
        st.booleans(),
    ),
    max_size=6,
)
LEADS = st.lists(
    st.tuples(st.integers(0, 10**9), st.sampled_from(["浙江", "江苏"]), st.booleans(), st.integers(0, 3000)),
    min_size=1,
    max_size=6,
)


@given(reps=REPS, leads=LEADS)
@settings(max_examples=60)
def test_any_batch_replays_lead_by_lead(
    reps: list[tuple[int, int, int, str, bool]], leads: list[tuple[int, str, bool, int]]
) -> None:
    rows = [
        a_rep(
            f"rep-{at}",
            median_response_minutes=minutes,
            open_cap=cap,
            carried=carried,
            tags=tags(region=region, territory=region),
            is_present=present,
        )
        for at, (minutes, cap, carried, region, present) in enumerate(reps)
    ]
    snapshots = [
        a_snapshot(
            f"lead-{at}",
            amount=amount,
            tags={"region": (region,)},
            is_urgent=urgent,
            received_at=NOW - minutes * MINUTE,
            account_owner=RepId("rep-0") if minutes % 4 == 0 else None,
        )
        for at, (amount, region, urgent, minutes) in enumerate(leads)
    ]

    for decision in decided(snapshots, rows, POLICY, tables=TABLES):
        receipt = write_receipt(decision)
        assert write_receipt(replayed(receipt.content, rows)).content == receipt.content
