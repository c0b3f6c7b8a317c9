"""What delay leaves of a lead's value."""

import math

import pytest

from lead_router.domain.routing.decay import DecayTable, reference_decay


def test_the_reference_loses_what_customers_were_found_to_lose() -> None:
    table = reference_decay()

    assert table.at(0) == 1_000_000
    assert table.at(60) == pytest.approx(981_000, abs=100)
    assert table.at(360) == pytest.approx(876_000, abs=100)


def test_the_reference_stays_at_its_floor() -> None:
    table = reference_decay()

    assert table.at(10**6) == 350_000
    assert table.at(table.longest - 1) > 350_000
    assert 40 * 60 < table.longest < 42 * 60


def test_every_minute_is_the_formula_to_the_millionth() -> None:
    table = reference_decay()

    for minute in range(1, table.longest, 7):
        exact = max(0.35, math.exp(-0.01918 * (minute / 60) ** 1.078))
        assert table.at(minute) == pytest.approx(exact * 1_000_000, abs=0.501)


def test_time_waited_and_delay_may_be_added_in_the_doubled_table() -> None:
    table = reference_decay()

    for waited, delay in [(0, 0), (30, 45), (table.longest, 0), (table.longest, table.longest)]:
        assert table.doubled[waited + delay] == table.at(waited + delay)


@pytest.mark.parametrize("by_minute", [(), (1_000_001,), (900_000, 950_000), (5, -1)])
def test_a_measured_table_must_fall(by_minute: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="falls"):
        DecayTable.measured("m-1", by_minute)


def test_a_measured_table_replaces_the_reference() -> None:
    table = DecayTable.measured("m-1", [1_000_000, 900_000, 800_000])

    assert [table.at(minute) for minute in (0, 1, 2, 99)] == [1_000_000, 900_000, 800_000, 800_000]
