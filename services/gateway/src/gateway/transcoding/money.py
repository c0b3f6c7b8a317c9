"""Money as `{"currency": "CNY", "amount": "12.30"}`: an exact decimal, never a float."""

from __future__ import annotations

import re

from google.type.money_pb2 import Money

from gateway.transcoding.faults import Fault, Faulty
from gateway.transcoding.json_text import Json

AMOUNT_PATTERN = r"^-?(0|[1-9]\d{0,17})(\.\d{1,9})?$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
MONEY_FIELDS = ("currency", "amount")

_AMOUNT = re.compile(r"(-?)(0|[1-9]\d{0,17})(?:\.(\d{1,9}))?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NANOS = 1_000_000_000


def write_money(money: Money) -> Json:
    """With two decimals, or as many as it takes."""
    total = money.units * _NANOS + money.nanos
    whole, nanos = divmod(abs(total), _NANOS)
    decimals = f"{nanos:09d}".rstrip("0").ljust(2, "0")
    return {"currency": money.currency_code, "amount": f"{'-' if total < 0 else ''}{whole}.{decimals}"}


def read_money(value: Json) -> Money | None:
    """Both members are required; at most 18 digits before the point and nine behind it."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Faulty.here("object", "must be an object with currency and amount")
    faults = [Fault((name,), "unknown_field", "is not known here") for name in value if name not in MONEY_FIELDS]
    currency = _match(_CURRENCY, value.get("currency"))
    if currency is None:
        faults.append(Fault(("currency",), "money.currency", "must be a code by ISO 4217, for example CNY"))
    amount = _match(_AMOUNT, value.get("amount"))
    if amount is None:
        faults.append(Fault(("amount",), "money.amount", "must be a decimal in a string, for example 12.30"))
    if faults or currency is None or amount is None:
        raise Faulty(faults)
    sign = -1 if amount[1] else 1
    nanos = int((amount[3] or "").ljust(9, "0"))
    return Money(currency_code=currency[0], units=sign * int(amount[2]), nanos=sign * nanos)


def _match(pattern: re.Pattern[str], value: Json) -> re.Match[str] | None:
    return pattern.fullmatch(value) if isinstance(value, str) else None
