"""Where a lead comes from and what its channel tells: source, campaign, form fields, behaviour on the site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sample_company.arrivals import Arrival

_USUAL: Final = {"website": 28, "baidu": 22, "wechat": 18, "hotline": 14, "referral": 12, "expo": 2}
_FAIR: Final = {"website": 16, "baidu": 12, "wechat": 10, "hotline": 8, "referral": 4, "expo": 60}
_NIGHT: Final = {"website": 40, "baidu": 32, "wechat": 28}
_PREFIXES: Final = {
    "website": "WEB", "baidu": "BD", "wechat": "WX", "hotline": "TEL", "referral": "REF", "expo": "EXPO",
}  # fmt: skip
_MEDIA: Final = {
    "website": (("bing", "organic"), ("direct", "none"), ("newsletter", "email")),
    "baidu": (("baidu", "cpc"),),
    "wechat": (("wechat", "article"), ("wechat", "menu")),
}
_DEPARTMENTS: Final = ("放射科", "检验科", "手术室", "康复科", "口腔科", "超声科", "设备科", "急诊科")
_WHEN: Final = ("一个月内", "三个月内", "半年内", "一年内", "暂不确定")


@dataclass(slots=True)
class ExternalIds:
    """Numbers the leads of each source by day, as the systems they come from would."""

    zone: ZoneInfo
    _last: Counter[tuple[str, date]] = field(default_factory=Counter)

    def next_for(self, source: str, arrival: Arrival) -> str:
        day = arrival.at.astimezone(self.zone).date()
        self._last[source, day] += 1
        return f"{_PREFIXES[source]}-{day:%y%m%d}-{self._last[source, day]:04d}"


def draw_source(random: Random, arrival: Arrival) -> str:
    """Fair leads while the fair is open; at night nobody telephones and nobody recommends."""
    is_night = not 8 <= arrival.hour < 20
    weights = _NIGHT if is_night else _FAIR if arrival.is_fair else _USUAL
    return random.choices(tuple(weights), tuple(weights.values()))[0]


def draw_utm(random: Random, source: str, product_line: str, month: int) -> tuple[str, str, str]:
    """Source, medium and campaign of the visit; empty for what did not come through the web."""
    if source not in _MEDIA:
        return "", "", ""
    utm_source, medium = random.choice(_MEDIA[source])
    campaign = f"{product_line}-m{month:02d}" if medium not in {"none", "organic"} else ""
    return utm_source, medium, campaign


def draw_form(random: Random, source: str) -> Mapping[str, str]:
    """The fields of the form or note by which a lead of this source comes."""
    department, when = random.choice(_DEPARTMENTS), random.choice(_WHEN)
    return {
        "website": {"需求科室": department, "计划采购时间": when},
        "baidu": {"落地页": random.choice(("专题页A", "专题页B", "产品页")), "计划采购时间": when},
        "wechat": {"菜单入口": random.choice(("产品咨询", "预约演示", "资料下载")), "需求科室": department},
        "expo": {"展位": "3号馆B12", "意向科室": department, "名片": "已扫描"},
        "hotline": {"坐席小结": f"客户来电咨询，{when}采购"},
        "referral": {"推荐关系": random.choice(("老客户推荐", "专家推荐", "同行推荐", "厂家转介"))},
    }[source]


def draw_signals(random: Random, source: str, *, compares_competitors: bool) -> Mapping[str, int]:
    """Behaviour on the site before the form was sent; nothing for sources off the web."""
    if source not in _MEDIA:
        return {}
    page_views = 1 + int(random.lognormvariate(1.1, 0.7))
    return {
        "page_views": page_views,
        "dwell_seconds": int(page_views * random.uniform(12, 80)),
        "document_downloads": random.choices((0, 1, 2, 3), (62, 24, 9, 5))[0],
        "competitor_page_views": random.randint(1, 5) if compares_competitors else random.choices((0, 1), (93, 7))[0],
        "visits": random.choices((1, 2, 3, 4), (66, 20, 9, 5))[0],
    }
