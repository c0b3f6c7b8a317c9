"""Shares and amounts in a policy document: decimal numbers there, exact integers in the policy."""

from typing import Any

from chassis.document_fields import Number, field_of
from lead_router.domain.routing.fixed_point import MAX_WORTH, PPM

MONEY = Number(0, MAX_WORTH, 100)
"""An amount in the policy's currency, kept in hundredths."""
SHARE = Number(0, PPM, PPM)


def share(default: int, low: int = 0, high: int = PPM) -> Any:
    """A decimal number, kept in parts per million; so are its bounds and default here."""
    return field_of(Number(low, high, PPM), default)
