"""Amounts of money: whole hundredths in the domain, `google.type.Money` on the wire. Never a float."""

from google.type.money_pb2 import Money

from chassis.errors import Violation

_NANOS = 10_000_000
"""Of one hundredth."""


def money_of(hundredths: int, currency: str) -> Money:
    """An amount of hundredths as a message; `currency` by ISO 4217."""
    units, cents = divmod(hundredths, 100)
    return Money(currency_code=currency, units=units, nanos=cents * _NANOS)


def hundredths_of(amount: Money) -> int:
    """The amount in hundredths; for one in which `money_faults` finds nothing."""
    return amount.units * 100 + amount.nanos // _NANOS


def money_faults(amount: Money, field: str, *, currency: str, most_units: int) -> list[Violation]:
    """What keeps an amount from being taken: another currency, below 0 or too large, a fraction of a hundredth.

    Args:
        amount: as it was sent.
        field: path of the amount in the request, for the faults.
        currency: in which the tenant reckons, by ISO 4217. Amounts are added up, so there is no second one.
        most_units: the largest amount, in whole units.
    """
    faults = []
    if amount.currency_code != currency:
        message = f"must be {currency}, in which the tenant reckons"
        faults.append(Violation(f"{field}.currency", "money.currency", message))
    if amount.units < 0 or amount.nanos < 0 or amount.units > most_units:
        faults.append(Violation(f"{field}.amount", "money.range", f"must lie between 0 and {most_units}"))
    elif amount.nanos % _NANOS:
        faults.append(Violation(f"{field}.amount", "money.decimals", "must have at most two decimals"))
    return faults
