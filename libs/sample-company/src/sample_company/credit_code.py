"""Unified social credit codes 统一社会信用代码 that pass the check of GB 32100-2015 and belong to nobody."""

from __future__ import annotations

from random import Random
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def check_sign(first_17: str) -> str:
    """Last sign of the code whose other signs are these. Source: GB 32100-2015, section 5."""
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(first_17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def make_credit_code(random: Random, division: str, *, is_public: bool) -> str:
    """A valid code in an administrative division: that of an institution 事业单位 if public, else of a company."""
    first_17 = ("12" if is_public else "91") + division + "".join(random.choices(ALPHABET, k=9))
    return first_17 + check_sign(first_17)
