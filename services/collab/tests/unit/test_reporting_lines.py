from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collab.domain.reporting_lines import in_circles

_LINES = st.dictionaries(st.integers(0, 12), st.one_of(st.none(), st.integers(0, 14)), max_size=13)


def leads_back(start: int, above: dict[int, int | None]) -> bool:
    current = above.get(start)
    for _ in above:
        if current == start:
            return True
        current = above.get(current) if current is not None else None
    return False


@given(_LINES)
def test_exactly_those_are_in_circles_whose_line_leads_back_to_themselves(above: dict[int, int | None]) -> None:
    assert in_circles(above) == {each for each in above if leads_back(each, above)}


def test_a_line_into_a_circle_is_not_part_of_it() -> None:
    assert in_circles({"a": "b", "b": "c", "c": "b"}) == {"b", "c"}


def test_somebody_who_stands_above_himself_is_a_circle() -> None:
    assert in_circles({"a": "a", "b": None}) == {"a"}
