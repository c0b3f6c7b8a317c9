"""Money as people write it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def money(value: Mapping[str, str] | None) -> str:
    """An amount of the REST API, `{currency, amount}`: `12,345.60 CNY`; empty where there is none."""
    return f"{Decimal(value['amount']):,.2f} {value['currency']}" if value else ""


def hundredths(value: str | int, *, signed: bool = False) -> str:
    """An amount that the REST API gives in hundredths, as an integer in text: `1,234.56`."""
    return f"{Decimal(int(value)) / 100:{'+' if signed else ''},.2f}"
