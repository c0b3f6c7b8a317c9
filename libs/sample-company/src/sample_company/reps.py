"""What the 28 reps are good at, when they work, how much they can take, and whose territory is whose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from chassis.shifts import Interval
from sample_company.model import RepProfile, Segment, Territory
from sample_company.places import REGIONS, cities_of
from sample_company.shift_plans import WEEKS
from sample_company.vocabulary import PRODUCT_LINES


@dataclass(frozen=True, slots=True)
class Desk:
    """What the reps of one team have in common. `shifts` names one shift for each seat."""

    regions: tuple[str, ...]
    segments: tuple[Segment, ...]
    industries: tuple[str, ...]
    shifts: tuple[str, ...]
    open_cap: int
    daily_cap: int


_HOSPITALS: Final = ("public_hospital", "private_hospital", "checkup_centre")
_SMALL: Final = ("clinic", "private_hospital", "checkup_centre")
_KA: Final = (Segment.KA,)
_SMB: Final = (Segment.SMB,)
_MIXED: Final = ("weekday", "late", "weekend", "weekday", "late")

DESKS: Final = {
    "ka-zj": Desk(("浙江",), _KA, _HOSPITALS, ("weekday",) * 5, 40, 6),
    "ka-sj": Desk(("江苏", "上海"), _KA, _HOSPITALS, ("weekday",) * 6, 40, 6),
    "ka-ah": Desk(("安徽",), _KA, _HOSPITALS, ("weekday",) * 3, 40, 6),
    "smb-zj": Desk(("浙江",), _SMB, _SMALL, _MIXED, 80, 12),
    "smb-sj": Desk(("江苏", "上海", "安徽"), _SMB, _SMALL, _MIXED, 80, 12),
    "channel": Desk(REGIONS, (Segment.SMB, Segment.KA), ("dealer",), ("weekday", "weekday", "late", "weekend"), 60, 9),
}
_TERRITORY_TEAMS: Final = {"ka-zj": ("浙江",) * 5, "ka-sj": ("江苏",) * 5 + ("上海",), "ka-ah": ("安徽",) * 3}
_SPEAKS_ENGLISH: Final = {("ka-sj", 5), ("ka-sj", 0), ("smb-sj", 1), ("channel", 1), ("ka-zj", 2)}
_JOINED_DAYS_AGO: Final = {("ka-sj", 4): 18, ("smb-zj", 4): 5, ("smb-sj", 4): 0}
_PART_TIME: Final = {("smb-zj", 2), ("channel", 3)}


def make_reps(
    random: Random, reps_of: dict[str, tuple[str, ...]], start: date, zone: ZoneInfo
) -> tuple[RepProfile, ...]:
    """One profile for each rep; about one in five is on leave for some days of the month."""
    territories = {each.owner_employee_no: each.key for each in make_territories(reps_of)}
    profiles = []
    for team, numbers in reps_of.items():
        desk = DESKS[team]
        for seat, number in enumerate(numbers):
            shift = desk.shifts[seat]
            joined_days_ago = _JOINED_DAYS_AGO.get((team, seat))
            profiles.append(
                RepProfile(
                    employee_no=number,
                    industries=desk.industries if random.random() < 0.6 else desk.industries[:2],
                    regions=desk.regions,
                    segments=desk.segments,
                    product_lines=_product_lines(random, seat),
                    languages=("zh", "en") if (team, seat) in _SPEAKS_ENGLISH else ("zh",),
                    territory=territories.get(number),
                    shift_name=shift,
                    week=WEEKS[shift],
                    leave=_leave(random, start, zone) if random.random() < 0.2 else (),
                    open_cap=desk.open_cap + random.choice((-10, 0, 0, 10)),
                    daily_cap=desk.daily_cap + random.choice((-1, 0, 0, 1)),
                    weight_pct=60 if (team, seat) in _PART_TIME else 100,
                    joined_on=None if joined_days_ago is None else start - timedelta(days=joined_days_ago),
                )
            )
    return tuple(profiles)


def make_territories(reps_of: dict[str, tuple[str, ...]]) -> tuple[Territory, ...]:
    """Each key-account rep has some cities of one region; every city of every region has exactly one owner."""
    territories = []
    for team, regions in _TERRITORY_TEAMS.items():
        for seat, region in enumerate(regions):
            sharers = [each for each, other in enumerate(regions) if other == region]
            cities = cities_of(region)[sharers.index(seat) :: len(sharers)]
            key = f"territory-{team}-{seat + 1}"
            name = f"{region}片区" if cities == (region,) else f"{region}{cities[0]}片区"
            territories.append(Territory(key, name, region, cities, Segment.KA, reps_of[team][seat]))
    return tuple(territories)


def _product_lines(random: Random, seat: int) -> tuple[str, ...]:
    """Two lines that go round by seat, so that three in a team cover all six, and sometimes a third."""
    lines = tuple(PRODUCT_LINES)
    first = 2 * seat % len(lines)
    known = {lines[first], lines[first + 1]}
    if random.random() < 0.5:
        known.add(random.choice(lines))
    return tuple(line for line in lines if line in known)


def _leave(random: Random, start: date, zone: ZoneInfo) -> tuple[Interval, ...]:
    """Whole days away, at some time in the month."""
    first = start + timedelta(days=random.randint(2, 24))
    last = first + timedelta(days=random.choice((1, 2, 3, 5, 7)))
    ends = [datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last)]
    return (Interval(*ends),)
