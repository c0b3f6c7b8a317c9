"""Where the company sells: four regions with their cities, and how much business each city gives."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A city in its region, with the six-digit code of the region's administrative divisions."""

    region: str
    city: str
    division: str


# Divisions end in 99, which no county has, so no credit code made from them belongs to a company.
_CITIES: Final = {
    ("浙江", "330199"): "杭州 20 宁波 12 温州 9 嘉兴 7 绍兴 7 台州 7 金华 7 湖州 5 衢州 3 丽水 3 舟山 2",
    ("江苏", "320199"): "苏州 10 南京 9 无锡 6 常州 5 南通 5 徐州 4 扬州 3 盐城 3 泰州 3 镇江 2 淮安 2 连云港 2 宿迁 1",
    ("上海", "310199"): "上海 22",
    ("安徽", "340199"): "合肥 9 芜湖 4 马鞍山 2 滁州 2 安庆 2 蚌埠 2 阜阳 2 宣城 2 六安 1 黄山 1 铜陵 1",
}
_WEIGHTED: Final = tuple(
    (Place(region, city, division), int(weight))
    for (region, division), cities in _CITIES.items()
    for city, weight in zip(cities.split()[::2], cities.split()[1::2], strict=True)
)
PLACES: Final = tuple(place for place, _ in _WEIGHTED)
REGIONS: Final = tuple(region for region, _ in _CITIES)


def draw_place(random: Random) -> Place:
    return random.choices(PLACES, [weight for _, weight in _WEIGHTED])[0]


def cities_of(region: str) -> tuple[str, ...]:
    return tuple(place.city for place in PLACES if place.region == region)
