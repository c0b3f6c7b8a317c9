"""The catalogue of texts: by kind, by part, by language. Adding a kind needs no code."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import TypeAlias
from zoneinfo import ZoneInfo

from collab.domain.notification import Notification

Wording: TypeAlias = Mapping[str, str]
"""`title` and `text`."""
Catalogue: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Wording]]]

_DEFAULT_LOCALE = "zh-CN"
_URGENT = {"zh-CN": "【紧急】", "en": "Urgent: "}
_MOMENTS = frozenset({"due_at"})
_CODES: Mapping[str, Mapping[str, str]] = {
    "next_shift": {"zh-CN": "等待下一班次", "en": "waiting for the next shift"},
    "full": {"zh-CN": "销售均已满额", "en": "every rep is full"},
    "supervisor": {"zh-CN": "没有合适的销售", "en": "no eligible rep"},
    "tenant": {"zh-CN": "全公司", "en": "the company"},
    "team": {"zh-CN": "团队 ", "en": "team"},
    "rep": {"zh-CN": "销售 ", "en": "rep"},
}
_MISSING = "…"


class CatalogueTexts:
    """Fills the catalogue's texts in. A fact that is not there shows as `…`, a kind that is not there as itself."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @classmethod
    def load(cls) -> "CatalogueTexts":
        """The catalogue beside this module."""
        file = resources.files(__package__).joinpath("notification_texts.json")
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def text(self, notification: Notification, locale: str, zone: ZoneInfo) -> str:
        """One or two sentences, times in the zone."""
        wording = self._wording(notification, locale)
        if wording is None:
            return f"{notification.kind} {notification.resource}"
        facts = {name: _said(name, value, locale, zone) for name, value in notification.facts.items()}
        return wording["text"].format_map(_Filled(facts))

    def title(self, notification: Notification, locale: str) -> str:
        """A few words; urgent ones begin with saying so."""
        wording = self._wording(notification, locale)
        urgent = _URGENT.get(locale, _URGENT[_DEFAULT_LOCALE]) if notification.is_urgent else ""
        return urgent + (wording["title"] if wording else notification.kind)

    def _wording(self, notification: Notification, locale: str) -> Wording | None:
        languages = self._catalogue.get(notification.kind, {}).get(notification.part, {})
        return languages.get(locale) or languages.get(_DEFAULT_LOCALE)


def _said(name: str, value: str, locale: str, zone: ZoneInfo) -> str:
    if name in _MOMENTS:
        return f"{datetime.fromisoformat(value).astimezone(zone):%Y-%m-%d %H:%M}"
    return _CODES.get(value, {}).get(locale, value)


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return _MISSING
