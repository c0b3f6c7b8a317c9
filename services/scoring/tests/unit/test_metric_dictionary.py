from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.default_metrics import CODE_OF, DEFAULT_METRICS
from scoring.domain.errors import MetricInvalid
from scoring.domain.funnel import COUNTS
from scoring.domain.metric import Band, Metric, Unit, Verdict
from scoring.domain.metric_document import dump, parse

LINE = DEFAULT_METRICS["lead_to_opportunity"]


def a_document(**changes: Any) -> dict[str, Any]:
    return dump(LINE) | changes


def faults_of(document: Mapping[str, Any], code: str = "own_share") -> list[tuple[str, str]]:
    with pytest.raises(MetricInvalid) as refused:
        parse(document, code=code, version=1)
    return [(fault.field, fault.reason) for fault in refused.value.violations]


@pytest.mark.parametrize("code", DEFAULT_METRICS)
def test_every_shipped_definition_reads_back_as_itself(code: str) -> None:
    metric = DEFAULT_METRICS[code]

    assert parse(dump(metric), code=code, version=0) == metric


def test_every_figure_of_the_funnel_has_a_definition_over_itself() -> None:
    assert {CODE_OF[count]: (count,) for count in COUNTS} == {
        code: DEFAULT_METRICS[code].numerator for code in CODE_OF.values()
    }


def test_every_fault_of_a_document_is_named_at_once() -> None:
    document = a_document(name_zh="", unit="furlongs", numerator=["received", "luck"], surprise=1)
    del document["grain_en"]

    assert sorted(faults_of(document)) == [
        ("grain_en", "required"),
        ("name_zh", "pattern"),
        ("numerator[1]", "choice"),
        ("surprise", "unknown"),
        ("unit", "choice"),
    ]


def test_contradictions_between_parts_are_named_at_once() -> None:
    document = a_document(
        numerator=["received", "received"], band={"healthy_from": 20, "healthy_to": 10, "alarm_below": 30}
    )

    assert sorted(faults_of(document)) == [
        ("band.alarm_below", "order"),
        ("band.healthy_to", "order"),
        ("numerator[1]", "repeated"),
    ]


def test_a_share_needs_something_to_share_in_and_a_count_does_not() -> None:
    assert faults_of(a_document(denominator=[], band=None)) == [("denominator", "required")]
    assert faults_of(a_document(unit="count", band=None)) == [("denominator", "unexpected")]
    assert faults_of(a_document(numerator=[], denominator=[], band=None, unit="count")) == [("numerator", "required")]


def test_a_figure_of_the_funnel_can_be_renamed_and_not_counted_otherwise() -> None:
    shipped = dump(DEFAULT_METRICS["leads_received"])

    renamed = parse(shipped | {"name_en": "Leads in"}, code="leads_received", version=1)

    assert renamed.name_en == "Leads in"
    assert faults_of(shipped | {"numerator": ["assigned"]}, "leads_received") == [("numerator", "fixed")]


@pytest.mark.parametrize(
    ("with_opportunity", "received", "verdict"),
    [
        (5, 19, Verdict.TOO_LITTLE_DATA),
        (29, 100, Verdict.ALARM),
        (30, 100, Verdict.LOW),
        (35, 100, Verdict.HEALTHY),
        (45, 100, Verdict.HEALTHY),
        (46, 100, Verdict.HIGH),
        (2999, 10000, Verdict.ALARM),
    ],
)
def test_leads_that_become_opportunities_are_judged_by_their_band(
    with_opportunity: int, received: int, verdict: Verdict
) -> None:
    reckoned = LINE.reckon({"with_opportunity": with_opportunity, "received": received})

    assert reckoned.verdict is verdict


def test_nothing_to_divide_by_is_no_value() -> None:
    reckoned = LINE.reckon({})

    assert (reckoned.value, reckoned.verdict) == (None, Verdict.TOO_LITTLE_DATA)


def test_completeness_is_the_mean_of_whole_percents() -> None:
    reckoned = DEFAULT_METRICS["data_completeness"].reckon({"completeness_points": 551, "customers": 6})

    assert (reckoned.value, reckoned.verdict) == (91.83, Verdict.ALARM)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 1000), st.integers(0, 1000))
def test_more_above_the_line_is_never_judged_worse(more: int, under: int, alarm: int, healthy: int) -> None:
    order = [Verdict.ALARM, Verdict.LOW, Verdict.HEALTHY]
    band = Band(healthy_from=max(alarm, healthy), alarm_below=min(alarm, healthy), minimum=1)
    metric = Metric(**{**_words(), "band": band, "unit": Unit.PERCENT})

    lower = metric.reckon({"with_opportunity": more, "received": under + 1}).verdict
    higher = metric.reckon({"with_opportunity": more + 1, "received": under + 1}).verdict

    assert order.index(lower) <= order.index(higher)


def _words() -> dict[str, Any]:
    names = ("code", "version", "name_zh", "name_en", "owner_role", "formula_zh", "formula_en", "grain_zh", "grain_en")
    return {name: getattr(LINE, name) for name in (*names, "numerator", "denominator")}
