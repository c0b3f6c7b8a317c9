"""Field values as a scorecard compares them: one spelling for one answer, and one for none."""

from math import isfinite

_NO_VALUE = frozenset(
    ("", "-", "--", "?", "n/a", "na", "nan", "nil", "none", "null", "select", "unknown", "不详", "无", "未知", "请选择")
)
"""What forms send where nobody answered, among them the first line of an untouched list."""


def normal_form(text: str) -> str:
    """The text without blanks around and doubled inside, in lower case; empty where it says that nobody answered."""
    folded = " ".join(text.split()).casefold()
    return "" if folded in _NO_VALUE else folded


def number_of(text: str) -> float | None:
    """The number that a text states, thousands set apart by commas or not; None where it states none."""
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return number if isfinite(number) else None
