"""Spans, times and amounts as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from throughline_cli.amounts import hundredths, money
from throughline_cli.demo.report import percentile
from throughline_cli.screen import plain
from throughline_cli.times import clock_time, seconds_text, span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("48h", timedelta(hours=48)),
        ("2d", timedelta(days=2)),
        ("1h30m", timedelta(minutes=90)),
        ("90s", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
        ("1d 2h", timedelta(hours=26)),
    ],
)
def test_spans(text: str, expected: timedelta) -> None:
    assert span(text) == expected


@pytest.mark.parametrize("text", ["", "48", "h", "48h!", "-1h", "0h", "5000d", "1 fortnight"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="span"):
        span(text)


def test_spans_go_to_the_gateway_in_seconds() -> None:
    assert seconds_text(timedelta(hours=48)) == "172800s"
    assert seconds_text(timedelta(seconds=1, microseconds=500)) == "1.0005s"


def test_times_show_on_the_wall_clock_of_the_tenant() -> None:
    assert clock_time("2026-03-02T01:30:00Z") == "2026-03-02 09:30"
    assert clock_time(None) == ""


def test_amounts() -> None:
    assert money({"currency": "CNY", "amount": "12345.6"}) == "12,345.60 CNY"
    assert money(None) == ""
    assert hundredths("-123456") == "-1,234.56"
    assert hundredths(50, signed=True) == "+0.50"


def test_text_of_others_can_do_nothing_to_the_terminal() -> None:
    assert plain("a\x1b[31mb\u202ec\nd") == "a�[31mb�c\nd"


@pytest.mark.parametrize(("share", "expected"), [(50, 2), (99, 4), (100, 4), (0, 1)])
def test_percentiles_are_values_that_occurred(share: int, expected: int) -> None:
    assert percentile([1, 2, 3, 4], share) == expected


def test_percentile_of_nothing() -> None:
    assert percentile([], 50) == 0
