"""What dashboards and alerts name is declared, and whatever is declared is measured somewhere.

That a running suite really exports it is seen in `tests/end_to_end/test_first_line.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import generate_observability
import pytest
from observing.promql import Series

from chassis import metric_names as names
from chassis.metric_names import Kind
from support.chart_files import DASHBOARDS, ROOT, RULES, expressions, rules
from support.promql import Selected, grouped_by, selected

_OF_HISTOGRAMS = ("_bucket", "_count", "_sum")
_ALWAYS = {"namespace", "instance", "service_name"}
"""Added by who scrapes, and by our own page."""

_DECLARED: dict[str, set[str]] = {"target_info": set()}
for _metric in names.METRICS:
    _labels = {names.exposed_label(label) for label in _metric.labels}
    if _metric.kind is Kind.HISTOGRAM:
        _DECLARED |= {
            _metric.exposed + part: _labels | ({"le"} if part == "_bucket" else set()) for part in _OF_HISTOGRAMS
        }
    else:
        _DECLARED[_metric.exposed] = _labels
_DECLARED |= {rule["record"]: set(rule["labels"]) for rule in rules() if "record" in rule}


def test_expressions_name_declared_metrics_and_their_labels() -> None:
    faults = [f"{place}: {fault}" for place, expression in expressions() for fault in _faults(expression)]

    assert not faults


def _faults(expression: str) -> Iterator[str]:
    series = selected(expression)
    if not series:
        yield "asks for nothing"
    for each in series:
        if each.name not in _DECLARED:
            yield f"nothing is called {each.name}"
        elif strange := each.labels - _DECLARED[each.name] - _ALWAYS:
            yield f"{each.name} has no {sorted(strange)}"
    known = _ALWAYS.union(*(_DECLARED.get(each.name, set()) for each in series))
    if strange := grouped_by(expression) - known:
        yield f"groups by {sorted(strange)}"


def test_what_is_not_declared_is_found() -> None:
    assert list(_faults("up")) == ["asks for nothing"]
    assert list(_faults('sum by (tenant) (throughline_dead_letters{colour="red"})')) == [
        "throughline_dead_letters has no ['colour']",
        "groups by ['tenant']",
    ]
    assert list(_faults("rate(throughline_outbox_length[5m])")) == ["nothing is called throughline_outbox_length"]


def test_all_kinds_of_dashboards_are_there() -> None:
    assert {file.stem for file in DASHBOARDS} == {
        "business", "objectives", "use",
        "red-collab", "red-gateway", "red-lead-router", "red-pipeline", "red-scoring",
    }  # fmt: skip
    assert [file.stem for file in RULES] == ["alerts", "objectives"]


def test_every_declared_metric_has_one_instrument() -> None:
    sources = [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    made = re.findall(
        r"\b(?:telemetry\.(?:counter|histogram|gauge)|_gauge)\(\s*names\.([A-Z_]+)",
        "\n".join(source.read_text(encoding="utf-8") for source in sources),
    )

    declared = [key for key, value in vars(names).items() if isinstance(value, names.Metric)]
    assert sorted(made) == sorted(declared)


def test_the_chart_has_what_would_be_generated_now() -> None:
    assert all(path.read_text(encoding="utf-8") == text for path, text in generate_observability.files().items())


def test_a_label_that_a_metric_does_not_have_cannot_be_used() -> None:
    with pytest.raises(LookupError, match="has no label tenant"):
        Series(names.DEAD_LETTERS).where("tenant", "=", "x")
    with pytest.raises(LookupError, match=r"no bucket up to 0\.3 s"):
        Series(names.HTTP_SERVER_DURATION).within(0.3, "5m")


def test_selectors_are_read_from_their_text() -> None:
    text = 'sum by (a, le) (rate(x_y_bucket{a=~"b{c}|d",e!="f"}[5m])) > 1 unless count by (g) (target_info)'

    assert selected(text) == [
        Selected("x_y_bucket", (("a", "=~", "b{c}|d"), ("e", "!=", "f"))),
        Selected("target_info", ()),
    ]
    assert grouped_by(text) == {"a", "le", "g"}
