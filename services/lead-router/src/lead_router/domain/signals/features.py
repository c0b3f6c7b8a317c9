"""What the signals of a lead add up to, kept as they come and without a sweep.

All sums are of integers, and each signal's part depends on nothing but itself and the lead's anchor, so the order of
arrival cannot show. The strength is a sum by forward decay: a signal weighs 2^(age of the anchor when it happened), and
reading divides by 2^(age of the anchor now).

Source: Cormode, Shkapenyuk, Srivastava, Xu, Forward decay, ICDE 2009.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from lead_router.domain.signals.signal import HALF_LIFE_DAYS, Signal

KEPT_DAYS = 90
_ONE = 2**32
"""A signal at the anchor, as fixed-point number."""


@dataclass(slots=True)
class SignalFeature:
    """All signals of one subject."""

    signals: int = 0
    grown: int = 0
    """Strength as of the anchor, in 2^-32."""
    total: int = 0
    by_day: dict[int, int] = field(default_factory=dict)
    """How many on each day of UTC, by ordinal, for the last `KEPT_DAYS` before the latest."""
    first_at: datetime | None = None
    latest: tuple[datetime, str, str, int] | None = None
    """Moment, source, id and amount of the latest; ties go to the greater source and id."""

    def add(self, signal: Signal, age: Fraction) -> None:
        """Counts a signal; `age` is that of the anchor when it happened, in half-lives."""
        at = signal.occurred_at
        self.signals += 1
        self.grown += _power(age)
        self.total += signal.amount
        day = at.astimezone(UTC).toordinal()
        self.by_day[day] = self.by_day.get(day, 0) + 1
        newest = max(self.by_day)
        self.by_day = {day: count for day, count in sorted(self.by_day.items()) if day > newest - KEPT_DAYS}
        self.first_at = at if self.first_at is None else min(self.first_at, at)
        this = (at, signal.source, signal.signal_id, signal.amount)
        self.latest = this if self.latest is None else max(self.latest, this)

    def within(self, days: int, now: datetime) -> int:
        """How many there were on the last `days` days of UTC, today included; those a little ahead of time count."""
        today = now.astimezone(UTC).toordinal()
        return sum(count for day, count in self.by_day.items() if day > today - days)

    def strength(self, age: Fraction) -> float:
        """How many there were, each halved with every half-life; `age` is that of the anchor now, in half-lives."""
        whole = floor(age)
        shrunk = self.grown >> whole if whole >= 0 else self.grown << -whole
        return float(shrunk / _ONE * 2.0 ** -float(age - whole))

    def to_document(self) -> dict[str, Any]:
        """As JSON; integers of any size as text."""
        return {
            "signals": self.signals,
            "grown": str(self.grown),
            "total": str(self.total),
            "by_day": {str(day): count for day, count in self.by_day.items()},
            "first_at": self.first_at.isoformat() if self.first_at else None,
            "latest": [self.latest[0].isoformat(), *self.latest[1:]] if self.latest else None,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "SignalFeature":
        """As `to_document` wrote it."""
        first, latest = document["first_at"], document["latest"]
        return cls(
            document["signals"],
            int(document["grown"]),
            int(document["total"]),
            {int(day): count for day, count in document["by_day"].items()},
            datetime.fromisoformat(first) if first else None,
            (datetime.fromisoformat(latest[0]), latest[1], latest[2], latest[3]) if latest else None,
        )


@dataclass(slots=True)
class SignalFeatures:
    """What all signals of a lead add up to."""

    anchor: datetime
    """When the lead was received; it never moves, since all strengths are told from it."""
    by_subject: dict[str, SignalFeature] = field(default_factory=dict)

    def add(self, signal: Signal) -> None:
        """Counts a signal that was not counted before."""
        feature = self.by_subject.setdefault(signal.subject, SignalFeature())
        feature.add(signal, self._age(signal.subject, signal.occurred_at))

    def counts(self, days: int, now: datetime) -> dict[str, int]:
        """Of every subject there is, how many on the last `days` days."""
        none = dict.fromkeys(HALF_LIFE_DAYS, 0)
        return none | {subject: feature.within(days, now) for subject, feature in self.by_subject.items()}

    def strength(self, subject: str, now: datetime) -> float:
        """How many there were of the subject, each halved with every half-life."""
        return self.by_subject[subject].strength(self._age(subject, now))

    def _age(self, subject: str, at: datetime) -> Fraction:
        return Fraction((at - self.anchor) // timedelta(minutes=1), HALF_LIFE_DAYS[subject] * 1440)


def _power(age: Fraction) -> int:
    """2^age in 2^-32. Only the broken part goes through floats, so the same age has the same power in any process."""
    whole = floor(age)
    broken: int = round(2.0 ** float(age - whole) * _ONE)
    return broken << whole if whole >= 0 else broken >> -whole
