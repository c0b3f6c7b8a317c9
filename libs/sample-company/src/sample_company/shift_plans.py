"""The three ways in which the company's people work the week."""

from __future__ import annotations

from datetime import time
from typing import Final

from chassis.shifts import Shift, Week

_MORNING: Final = Shift.between(time(9), time(12))
_AFTERNOON: Final = Shift.between(time(13), time(18))

OFFICE: Final = Week.on(range(5), _MORNING, _AFTERNOON)
LATE: Final = Week.on(range(5), Shift.between(time(13), time(17, 30)), Shift.between(time(18), time(21, 30)))
WEEKEND: Final = Week.on((2, 3, 4, 5, 6), _MORNING, _AFTERNOON)

WEEKS: Final = {"weekday": OFFICE, "late": LATE, "weekend": WEEKEND}
"""By the name of the shift."""
