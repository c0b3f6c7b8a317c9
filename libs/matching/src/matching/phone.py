"""Phone numbers in one form, whatever prefix, width, blanks or extension they were typed with."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

import phonenumbers

_EXTENSION = re.compile(r"(?:转|轉|分机|分機|内线|ext\.?|extension|x|#|,|;)[\s.:：]*\d*\D*$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"[-–—]\s*\d{1,6}\D*$")
_SEPARATORS = re.compile(r"[/、|\n或]|[,;，；](?=\s*\+?\d{7})|(?<=\d{7})\s+(?=\+?\d{7})")
_FILLING = re.compile(r"[\s().\-–—_·]")
_CHINA = re.compile(r"^(?:\+|00)?86(?=0?[1-9]\d{8,})")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_SERVICE = re.compile(r"[48]00\d{7}")
_LANDLINE = re.compile(r"(?P<area>10|2\d|[3-9]\d{2})(?P<subscriber>\d{7,8})")
_ASCENDING, _DESCENDING = "12345678", "87654321"
_WELL_KNOWN_EXAMPLE = "13800138000"


class PhoneKind(StrEnum):
    """What a number says about its owner: a mobile is one person, the others are shared by colleagues."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SERVICE = "service"  # 400 and 800


class Phone(NamedTuple):
    """A number without its extension.

    Attributes:
        number: E.164, such as +8675512340001. Service numbers, which E.164 does not cover, are written alike.
    """

    number: str
    kind: PhoneKind


def split_phones(raw: str) -> list[str]:
    """Parts one field that holds several numbers, as 13900001111/0755-22223333."""
    if raw.isdecimal():
        return [raw]
    return [part for part in _SEPARATORS.split(raw) if part.strip()]


def normalise_phone(raw: str) -> Phone | None:
    """Reads a number as somebody in China would: without a country it is Chinese.

    Returns:
        None for what is no full number (a landline without its area code too) and for placeholders (13800138000, one
        digit repeated, 12345678…), which many strangers have in common.
    """
    text = unicodedata.normalize("NFKC", raw).strip()
    if text.isdecimal():
        return _whole(text)
    # 021-2222333-3 is a number of seven digits with an extension rather than one of eight.
    without_dashed = _compact(_DASHED_EXTENSION.sub("", text))
    return _chinese(without_dashed) or _whole(text) or _whole(_EXTENSION.sub("", text))


def is_placeholder(raw: str) -> bool:
    """True when the digits could be a number but are what people type to get past a form."""
    compact = _compact(unicodedata.normalize("NFKC", raw))
    national = _CHINA.sub("", compact).removeprefix("0")
    return len(compact) >= 7 and (len(set(compact)) == 1 or _is_made_up(national, national[-8:]))


def _whole(text: str) -> Phone | None:
    compact = _compact(text)
    if not compact.removeprefix("+").isdecimal():
        return None
    return _chinese(compact) or _foreign(compact)


def _compact(text: str) -> str:
    return _FILLING.sub("", text.replace("(0)", ""))


def _chinese(compact: str) -> Phone | None:
    national = _CHINA.sub("", compact)
    if national.startswith(("+", "00")):
        return None
    national = national.removeprefix("0")
    if _MOBILE.fullmatch(national):
        kind, subscriber = PhoneKind.MOBILE, national[3:]
    elif _SERVICE.fullmatch(national):
        kind, subscriber = PhoneKind.SERVICE, national[3:]
    elif landline := _LANDLINE.fullmatch(national):
        kind, subscriber = PhoneKind.LANDLINE, landline["subscriber"]
    else:
        return None
    return None if _is_made_up(national, subscriber) else Phone(f"+86{national}", kind)


def _is_made_up(national: str, subscriber: str) -> bool:
    return (
        national == _WELL_KNOWN_EXAMPLE
        or len(set(subscriber)) == 1
        or subscriber in (_ASCENDING, _DESCENDING)
        or national.startswith((_ASCENDING, _DESCENDING))
    )


def _foreign(compact: str) -> Phone | None:
    """Numbers of other countries carry their country code, after + or 00."""
    if compact.startswith("00"):
        compact = f"+{compact[2:]}"
    if not compact.startswith("+"):
        return None
    try:
        parsed = phonenumbers.parse(compact)
    except phonenumbers.NumberParseException:
        return None
    national = str(parsed.national_number)
    if parsed.country_code == 86 or not phonenumbers.is_possible_number(parsed) or _is_made_up(national, national[-8:]):
        return None
    mobile = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Phone(number, PhoneKind.MOBILE if mobile else PhoneKind.LANDLINE)
