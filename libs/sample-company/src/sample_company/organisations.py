"""Invented hospitals, clinics and dealers, each with a name that sounds like no other of them.

A name is region, brand 字号, trade and legal form, as the rules of registration ask. The brand joins two characters
from lists in which every character sounds different even to ears that do not part zh from z or -ng from -n, and two of
one city and trade share no character; so names are neither homophones nor a slip of the pen apart, and what the
product joins as duplicates are those we made on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from sample_company.credit_code import make_credit_code
from sample_company.model import Segment
from sample_company.places import Place, draw_place


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation and the parts of its name. `mail_domain` lies in a domain reserved for examples."""

    name: str
    brand: str
    trade: str
    legal_form: str
    place: Place
    industry: str
    segment: Segment
    address: str
    credit_code: str
    mail_domain: str

    @property
    def short_name(self) -> str:
        """Region, brand and trade, as most people say it."""
        return self.name.removesuffix(self.legal_form)


_FIRST: Final = """
    澄 cheng 崇 chong 淳 chun 斐 fei 观 guan 桂 gui 瀚 han 衡 heng 槐 huai 桓 huan 骥 ji 菁 jing 珏 jue 匡 kuang
    阔 kuo 黎 li 连 lian 麟 lin 珑 long 麓 lu 洛 luo 湄 mei 濛 meng 妙 miao 岷 min 念 nian 攀 pan 沛 pei 鹏 peng
    璞 pu 祁 qi 谦 qian 樵 qiao 勤 qin 琼 qiong 荃 quan 榕 rong 绍 shao 舜 shun 颂 song 唐 tang 廷 ting 桐 tong
    畹 wan 巍 wei 汶 wen 沃 wo 霄 xiao 馨 xin 修 xiu 煦 xu 循 xun 妍 yan 曜 yao 宜 yi 颖 ying 屿 yu 岳 yue 湛 zhan
    昭 zhao
"""
_SECOND: Final = """
    霭 ai 岸 an 贝 bei 滨 bin 采 cai 曾 ceng 春 chun 慈 ci 翠 cui 岱 dai 丹 dan 道 dao 栋 dong 端 duan 帆 fan
    枫 feng 阁 ge 功 gong 谷 gu 海 hai 和 he 弘 hong 怀 huai 欢 huan 晖 hui 阶 jie 康 kang 宽 kuan 奎 kui 朗 lang
    蕾 lei 良 liang 临 lin 路 lu 伦 lun 迈 mai 曼 man 楠 nan 宁 ning 磐 pan 培 pei 平 ping 浦 pu 齐 qi 乔 qiao
    仁 ren 融 rong 如 ru 赛 sai 石 shi 书 shu 松 song 塔 ta 潭 tan 庭 ting 维 wei 梧 wu 旭 xu 宣 xuan 岩 yan 野 ye
    益 yi 佑 you 芸 yun 真 zhen 洲 zhou 筑 zhu 祚 zuo
"""
_TRADES: Final = {
    "public_hospital": ("中心医院", "人民医院", "中医医院", "妇幼保健院", "康复医院", "传染病医院"),
    "private_hospital": ("医院", "骨科医院", "康复医院", "妇产医院", "眼科医院", "肿瘤医院", "老年病医院"),
    "clinic": ("口腔门诊部", "综合门诊部", "中医门诊部", "医疗美容门诊部", "口腔诊所", "儿科诊所"),
    "checkup_centre": ("健康体检中心", "健康管理", "医学检验实验室"),
    "dealer": ("医疗器械", "医疗科技", "生物科技", "医药", "医疗设备", "康复器材"),
}
_INDUSTRY_WEIGHTS: Final = {
    "public_hospital": 22, "private_hospital": 24, "clinic": 28, "checkup_centre": 8, "dealer": 18,
}  # fmt: skip
_KA_PCT: Final = {"public_hospital": 88, "private_hospital": 42, "clinic": 3, "checkup_centre": 30, "dealer": 12}
_LEGAL_FORMS: Final = ("有限公司", "有限责任公司", "股份有限公司")


def _characters(table: str) -> tuple[tuple[str, str], ...]:
    words = table.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


_PAIRS: Final = tuple(
    (first + second, f"{first_pinyin}-{second_pinyin}")
    for first, first_pinyin in _characters(_FIRST)
    for second, second_pinyin in _characters(_SECOND)
    if first_pinyin != second_pinyin
)
MOST: Final = len(_PAIRS)


def draw_organisations(random: Random) -> Iterator[Organisation]:
    """`MOST` different organisations, then the end."""
    taken: set[tuple[str, str, str]] = set()
    for brand, pinyin in random.sample(_PAIRS, len(_PAIRS)):
        kind = _draw_kind(random)
        while not taken.isdisjoint(marks := {(kind.place.city, kind.trade, character) for character in brand}):
            kind = _draw_kind(random)
        taken |= marks
        yield _organisation(random, brand, pinyin, kind)


@dataclass(frozen=True, slots=True)
class _Kind:
    industry: str
    trade: str
    place: Place


def _draw_kind(random: Random) -> _Kind:
    industry = random.choices(tuple(_INDUSTRY_WEIGHTS), tuple(_INDUSTRY_WEIGHTS.values()))[0]
    return _Kind(industry, random.choice(_TRADES[industry]), draw_place(random))


def _organisation(random: Random, brand: str, pinyin: str, kind: _Kind) -> Organisation:
    is_public = kind.industry == "public_hospital"
    legal_form = "" if is_public else _legal_form(random, kind.trade)
    city = kind.place.city
    prefix = f"{city}市" if is_public else random.choice([city, city, f"{city}市"])
    road = random.choice(_PAIRS)[0]
    return Organisation(
        name=f"{prefix}{brand}{kind.trade}{legal_form}",
        brand=brand,
        trade=kind.trade,
        legal_form=legal_form,
        place=kind.place,
        industry=kind.industry,
        segment=Segment.KA if random.random() * 100 < _KA_PCT[kind.industry] else Segment.SMB,
        address=f"{city}市{road}路{random.randint(1, 1999)}号",
        credit_code=make_credit_code(random, kind.place.division, is_public=is_public),
        mail_domain=f"{pinyin}.example",
    )


def _legal_form(random: Random, trade: str) -> str:
    """Every firm has one; of the clinics only those that are companies."""
    if trade.endswith("诊所") and random.random() < 0.5:
        return ""
    return random.choices(_LEGAL_FORMS, (88, 9, 3))[0]
