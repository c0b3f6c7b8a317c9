"""统一社会信用代码, the unified social credit code of a legal unit."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)}
_FILLING = re.compile(r"[\s\-_.]")
_LOOKALIKES = str.maketrans("OI", "01")
_MODULUS: Final = 31


def normalise_credit_code(raw: str) -> str | None:
    """Upper case, O read as 0 and I as 1, without blanks.

    Returns:
        None when it is no code: not 18 signs of the alphabet, a wrong check digit, or one sign repeated.
    """
    code = _FILLING.sub("", unicodedata.normalize("NFKC", raw)).upper().translate(_LOOKALIKES)
    if len(code) != 18 or len(set(code)) == 1 or not _VALUES.keys() >= set(code):
        return None
    return code if code[-1] == check_digit(code[:-1]) else None


def check_digit(first_17: str) -> str:
    """The last sign that belongs to the first 17.

    Raises:
        KeyError: a sign outside the alphabet.
    Source: GB 32100-2015, annex A (ISO 7064 type, modulus 31).
    """
    total = sum(_VALUES[sign] * weight for sign, weight in zip(first_17, _WEIGHTS, strict=True))
    return _ALPHABET[(_MODULUS - total % _MODULUS) % _MODULUS]
