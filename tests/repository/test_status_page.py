"""The status page has every feature once, and the check finds what would make it untrue."""

from collections.abc import Iterator

import check_status_page
import pytest

GOOD = check_status_page.PAGE.read_text(encoding="utf-8")
A_TEST = "`tests/repository/test_status_page.py::test_the_page_is_sound`"


def faults(page: str) -> list[str]:
    return list(check_status_page.faults_of(page))


def row(state: str, test: str = "") -> str:
    return f"| LR-01 | 智能线索路由引擎 | {state} | {test} |"


def with_first_row(replacement: str) -> str:
    lines = GOOD.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("| LR-01 "))
    return "\n".join([*lines[:place], *filter(None, [replacement]), *lines[place + 1 :]])


def test_the_page_is_sound() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("replacement", "fault"),
    [
        ("", "LR-01: stands in 0 rows"),
        (f"{row('not yet')}\n{row('not yet')}", "LR-01: stands in 2 rows"),
        (f"{row('not yet')}\n| LR-99 | 某功能 | not yet |  |", "LR-99: is no feature"),
        (row("nearly done", A_TEST), "LR-01: the state is"),
        (row("partly: ", A_TEST), "LR-01: the state is"),
        (row("works"), "LR-01: names no test"),
        (row("not yet", A_TEST), "LR-01: names a test for something that is not there yet"),
        (row("works", "`tests/nowhere.py::test_it`"), "LR-01: tests/nowhere.py does not exist"),
        (row("works", A_TEST.replace("sound", "perfect")), "has no test_the_page_is_perfect"),
        ("| LR-01 | routing engine | not yet |  |", "LR-01: has no Chinese name"),
    ],
)
def test_a_fault_is_named(replacement: str, fault: str) -> None:
    found = faults(with_first_row(replacement))

    assert any(fault in each for each in found), found


def test_rows_out_of_order_are_named() -> None:
    lines = GOOD.splitlines()
    first, second = _rows_of(lines)
    lines[first], lines[second] = lines[second], lines[first]

    assert faults("\n".join(lines)) == ["rows are not in the order of their ids"]


def _rows_of(lines: list[str]) -> Iterator[int]:
    return (number for number, line in enumerate(lines) if line.startswith(("| LR-01 ", "| LR-02 ")))
