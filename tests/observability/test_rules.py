"""Every alert rings when it should and is quiet when it should not, as promtool sees it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.chart_files import RULES, alerts

_PROMTOOL = shutil.which("promtool")
_needs_promtool = pytest.mark.skipif(
    _PROMTOOL is None, reason="promtool is not installed: it comes with Debian's package prometheus"
)
_CASES = sorted(Path(__file__).parent.glob("*.test.yaml"))
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@_needs_promtool
def test_promtool_finds_no_fault_in_the_rules() -> None:
    checked = _promtool("check", "rules", "--lint-fatal", *map(str, RULES))

    assert checked.returncode == 0, checked.stdout + checked.stderr


@_needs_promtool
@pytest.mark.parametrize("file", _CASES, ids=lambda file: file.name)
def test_alerts_ring_when_they_should_and_only_then(file: Path) -> None:
    tested = _promtool("test", "rules", str(file))

    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize(
    ("alert", "severity"),
    [(alert["alert"], alert["labels"]["severity"]) for alert in alerts()],
)
def test_an_alert_has_a_firing_and_a_quiet_case(alert: str, severity: str) -> None:
    firing, quiet = set(), set()
    for case in (case for file in _CASES for case in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]):
        namespaces = {_labels(series["series"])["namespace"] for series in case["input_series"]}
        for test in case["promql_expr_test"]:
            if _labels(test["expr"])["alertname"] == alert:
                rings = {sample["namespace"] for sample in _samples(test) if sample["severity"] == severity}
                firing |= rings
                quiet |= namespaces - rings

    assert firing, "nothing sets it off"
    assert quiet, "nothing is given to it that should leave it quiet"


def _samples(test: dict[str, Any]) -> list[dict[str, str]]:
    return [_labels(sample["labels"]) for sample in test["exp_samples"]]


def _labels(text: str) -> dict[str, str]:
    return dict(_LABEL.findall(text))


def _promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert _PROMTOOL is not None
    return subprocess.run([_PROMTOOL, *arguments], capture_output=True, text=True, check=False)
