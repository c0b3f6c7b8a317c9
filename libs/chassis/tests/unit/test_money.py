"""Amounts between domain and wire."""

from __future__ import annotations

import pytest
from google.type.money_pb2 import Money
from hypothesis import given
from hypothesis import strategies as st

from chassis.money import hundredths_of, money_faults, money_of


@given(st.integers(0, 10**15))
def test_an_amount_comes_back_to_the_hundredth(hundredths: int) -> None:
    assert hundredths_of(money_of(hundredths, "CNY")) == hundredths


@pytest.mark.parametrize(
    ("amount", "rules"),
    [
        (Money(currency_code="CNY", units=12, nanos=300_000_000), []),
        (Money(currency_code="CNY", units=1_000), []),
        (Money(currency_code="CNY", units=1_001), ["money.range"]),
        (Money(currency_code="CNY", units=-1), ["money.range"]),
        (Money(currency_code="CNY", nanos=1), ["money.decimals"]),
        (Money(currency_code="cny", units=1), ["money.currency"]),
        (Money(currency_code="HKD", units=1), ["money.currency"]),
        (Money(units=-1), ["money.currency", "money.range"]),
    ],
)
def test_all_that_is_wrong_with_an_amount_is_named(amount: Money, rules: list[str]) -> None:
    faults = money_faults(amount, "submission.amount", currency="CNY", most_units=1_000)

    assert [fault.reason for fault in faults] == rules
    assert all(fault.field.startswith("submission.amount.") for fault in faults)
