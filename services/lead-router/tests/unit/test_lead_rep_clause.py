"""Conditions over lead and rep together, in their closed forms."""

import pytest

from lead_router.domain.routing.lead_rep_clause import Scope, UnsupportedForm, compile_clause, scope_of

from .builders import a_rep, a_snapshot, a_table, tags

REPS = a_table(
    a_rep("ann", tags=tags(region=["浙江", "江苏"], language="zh"), numbers={"min_amount": 500}),
    a_rep("bob", tags=tags(region="浙江", language=["zh", "en"]), numbers={"min_amount": 5000}),
    a_rep("cat"),
)


def holds(expression: str, *, if_unknown: bool = False, **lead: object) -> list[str]:
    """Reps for whom the expression holds."""
    snapshot = a_snapshot(
        tags={key: value for key, value in lead.items() if isinstance(value, tuple)},
        numbers={key: value for key, value in lead.items() if isinstance(value, int)},
    )
    mask = compile_clause(expression).holds(snapshot, REPS.profiles, if_unknown)
    return [rep for rep, held in zip(REPS.roster.ids, mask.tolist(), strict=True) if held]


def test_in_asks_whether_the_reps_values_hold_the_leads() -> None:
    assert holds("lead.region in rep.region", region=("江苏",)) == ["ann"]
    assert holds("lead.region in rep.region", region=("江苏", "浙江")) == ["ann"]


def test_in_turned_round_asks_whether_all_the_reps_values_are_the_leads() -> None:
    assert holds("rep.language in lead.language", language=("zh",)) == ["ann"]
    assert holds("rep.language in lead.language", language=("zh", "en")) == ["ann", "bob"]


def test_equals_wants_the_same_values_and_no_others() -> None:
    assert holds("lead.region == rep.region", region=("浙江",)) == ["bob"]
    assert holds("rep.region == lead.region", region=("浙江", "江苏")) == ["ann"]


def test_intersects_is_content_with_one_common_value() -> None:
    assert holds("intersects(lead.language, rep.language)", language=("en", "fr")) == ["bob"]
    assert holds("intersects(rep.language, lead.language)", language=("zh",)) == ["ann", "bob"]


@pytest.mark.parametrize("expression", ["lead.amount >= rep.min_amount", "rep.min_amount <= lead.amount"])
def test_numbers_compare_from_either_side(expression: str) -> None:
    assert holds(expression, amount=500) == ["ann"]
    assert holds(expression, amount=5000) == ["ann", "bob"]


def test_what_is_not_stated_counts_as_the_clause_says() -> None:
    assert holds("lead.region in rep.region", region=("浙江",)) == ["ann", "bob"]
    assert holds("lead.region in rep.region", if_unknown=True, region=("浙江",)) == ["ann", "bob", "cat"]
    assert holds("lead.region in rep.region") == []
    assert holds("lead.region in rep.region", if_unknown=True) == ["ann", "bob", "cat"]
    assert holds("lead.amount > rep.min_amount", if_unknown=True, amount=600) == ["ann", "cat"]
    assert holds("lead.amount > rep.min_amount") == []


@pytest.mark.parametrize(
    "expression",
    [
        "lead.a + rep.b > 3",
        "!(lead.a in rep.b)",
        "lead.a in rep.b && lead.c in rep.d",
        "lead.a == lead.b || rep.c",
        "lead.a in lead.b",
        "intersects(rep.a, rep.b)",
        "lead.a.b in rep.c",
    ],
)
def test_any_other_form_is_refused(expression: str) -> None:
    with pytest.raises(UnsupportedForm):
        compile_clause(expression)


@pytest.mark.parametrize(
    ("expression", "scope"),
    [
        ("lead.source == 'rep.one'", Scope.LEAD),
        ('rep.name != "lead."', Scope.REP),
        ("lead.a in rep.b", Scope.LEAD_REP),
        ("'lead.a' == 'rep.b'", Scope.NOTHING),
        ("mylead.a == 1 && x.rep.b == 2", Scope.NOTHING),
        ("lead . a == 1", Scope.LEAD),
    ],
)
def test_texts_in_quotes_do_not_count_for_what_an_expression_speaks_of(expression: str, scope: Scope) -> None:
    assert scope_of(expression) is scope
