"""Taking a Chinese company name apart: `[region][brand 字号][trade 行业][region | 集团][legal form][branch]`.

Source: 企业名称登记管理规定 (a registered name is region + brand + trade + organisation form).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from matching.company_name import CompanyName, without_market_marks, without_remarks
from matching.pinyin import fuzzy_syllables, syllables
from matching.regions import city_code, find_all, take_prefix, take_suffix
from matching.words import pairs

_BRANCH_KINDS = (
    "分公司", "支公司", "分行", "支行", "办事处", "营业部", "代表处", "分店", "分厂", "分部", "分院", "分所", "子公司",
)  # fmt: skip
_NO_BRANCH = ("街道办事处", "地区办事处")  # offices of local government
_HEAD_OFFICE = re.compile("^.+(?:公司|集团|银行|厂|中心|所)")
_BRACKETED = re.compile(r"\(([^()]*)\)")
_LEGAL_FORMS = (
    "合伙企业(特殊普通合伙)", "合伙企业(有限合伙)", "合伙企业(普通合伙)", "(特殊普通合伙)", "(有限合伙)", "(普通合伙)",
    "股份有限公司", "有限责任公司", "股份公司", "有限公司", "合伙企业", "总公司", "公司", "有限合伙", "普通合伙",
    "事务所", "工作室", "经营部", "商行",
)  # fmt: skip
# These end a full name as a legal form does, but belong to what the body is called: 人民医院 is no brand without 医院.
_BODIES = (
    "医院", "卫生院", "大学", "学院", "学校", "中学", "小学", "幼儿园", "研究院", "研究所", "设计院", "银行", "合作社",
    "基金会", "协会", "委员会", "中心", "厂",
)  # fmt: skip
_GROUP = ("集团", "控股")
_COUNTRY = "中国"
_ENDINGS = (*_GROUP, _COUNTRY)
_MOST_REGIONS = 3
_SHORTEST_BRAND = 2
_NUMERALS = "零〇一二三四五六七八九十百两"
_NUMBER = re.compile(rf"\d+|第([{_NUMERALS}]+)|([{_NUMERALS}]+)(?=[局院厂队处航冶建所店部]|公司|分公司|医院)")
_DIGITS = {numeral: str(value) for value, numeral in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2"}
_NUMERAL = re.compile(rf"[\d{_NUMERALS}]")
# Between brand and trade (恒昌集团电子公司), or where a short name stops (恒昌股份), these words are no trade.
_TRADES = pairs("trades") | dict.fromkeys([*_GROUP, "股份"], "")


def _by_tail(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """From the last character to the words that end with it, longest first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(words, key=len, reverse=True):
        found[word[-1]].append(word)
    return {tail: tuple(endings) for tail, endings in found.items()}


_LEGAL_FORMS_BY_TAIL = _by_tail(_LEGAL_FORMS)
_BODIES_BY_TAIL = _by_tail(_BODIES)
_TRADE_LENGTHS = {tail: tuple(dict.fromkeys(map(len, words))) for tail, words in _by_tail(_TRADES).items()}


def parse_chinese(name: str) -> CompanyName | None:
    """Takes a name apart.

    Args:
        name: in the form of `normalise_name_text`.
    Returns:
        None when nothing is left but remarks and brackets.
    """
    full = without_remarks(name)
    if full[:1].isascii() or full[-1:].isascii():
        full = without_market_marks(full)
    head, branch = _split_branch(full) if full.endswith(_BRANCH_KINDS) else (full, "")
    body, legal_form = _split_legal_form(head)
    regions: set[str] = set()
    group = False
    if "(" in body or ")" in body:
        body, group = _read_brackets(body, regions)
    body, has_group_word = _strip_tail(body, regions)
    body = _strip_regions(body, regions)
    brand, trade = _split_trade(body)
    if not brand:
        return None
    return CompanyName(
        full=full,
        core=brand + trade,
        brand=brand,
        trade=trade,
        regions=tuple(sorted(regions)),
        group=group or has_group_word,
        legal_form=legal_form,
        branch=branch,
        branch_city=city_code(find_all(branch)[0]) if branch else "",
        numbers=find_numbers(body),
        brand_pinyin="".join(syllables(brand)),
        brand_sound=fuzzy_syllables(brand),
        trade_sound=fuzzy_syllables(trade),
    )


def _split_branch(full: str) -> tuple[str, str]:
    """Head office and branch; the branch is named by its place, else by its kind."""
    if full.endswith(_NO_BRANCH):
        return full, ""
    kind = next(each for each in _BRANCH_KINDS if full.endswith(each))
    rest = full[: -len(kind)]
    if kind == "子公司":  # 电子公司 and 种子公司 are trades
        length, _ = take_suffix(rest)
        is_branch = _HEAD_OFFICE.fullmatch(rest[:-length] if length else rest)
    else:
        is_branch = _HEAD_OFFICE.match(rest)
        length = len(rest) - is_branch.end() if is_branch else take_suffix(rest)[0]
    if not is_branch and (kind == "子公司" or len(rest) - length < _SHORTEST_BRAND):
        return full, ""
    place = rest[len(rest) - length :].strip("()").removesuffix("市")
    return rest[: len(rest) - length], place or kind


def _split_legal_form(head: str) -> tuple[str, str]:
    for form in _LEGAL_FORMS_BY_TAIL.get(head[-1:], ()):
        if head.endswith(form) and len(head) > len(form):
            rest = head[: -len(form)]
            if form[-1] != ")":
                return rest, form
            shorter, inner = _split_legal_form(rest)  # 会计师事务所(特殊普通合伙)
            return shorter, inner + form
    return head, next((body for body in _BODIES_BY_TAIL.get(head[-1:], ()) if head.endswith(body)), "")


def _read_brackets(body: str, regions: set[str]) -> tuple[str, bool]:
    """Moves what brackets say to where it belongs; what is neither region, group nor Latin stays without brackets."""
    group = False

    def replace(found: re.Match[str]) -> str:
        nonlocal group
        inside = found[1]
        if inside in _GROUP:
            group = True
            return ""
        if inside == _COUNTRY or inside.isascii():
            return ""
        region, rest = find_all(inside)
        if region and not rest:
            regions.add(region)
            return ""
        return inside

    body = _BRACKETED.sub(replace, body)
    return body.replace("(", "").replace(")", ""), group


def _strip_tail(body: str, regions: set[str]) -> tuple[str, bool]:
    """Takes trailing 集团, 控股, 中国 and places off, in any order."""
    group = False
    for _ in range(_MOST_REGIONS):
        if body.endswith(_ENDINGS) and len(body) >= len(_COUNTRY) + _SHORTEST_BRAND:
            group = group or not body.endswith(_COUNTRY)
            body = body[:-2]
            continue
        length, region = take_suffix(body)
        if not length or len(body) - length < _SHORTEST_BRAND:
            break
        body = body[:-length]
        regions.update(filter(None, [region]))
    return body, group


def _strip_regions(body: str, regions: set[str]) -> str:
    """Takes up to three places off the front, each in the one before, and remembers the smallest."""
    innermost = ""
    for _ in range(_MOST_REGIONS):
        length, region = take_prefix(body, innermost)
        if not length or len(body) - length < _SHORTEST_BRAND:
            break
        body = body[length:]
        innermost = region if len(region) > len(innermost) else innermost
    regions.update(filter(None, [innermost]))
    return body


def _split_trade(body: str) -> tuple[str, str]:
    """Brand and canonical trade: the longest trade word off the right end as long as two characters of brand stay."""
    end = len(body)
    found: list[str] = []
    while end > _SHORTEST_BRAND:
        for length in _TRADE_LENGTHS.get(body[end - 1], ()):
            if end - length >= _SHORTEST_BRAND and (trade := _TRADES.get(body[end - length : end])) is not None:
                found.append(trade)
                end -= length
                break
        else:
            break
    return body[:end], "".join(reversed(found))


def find_numbers(body: str) -> tuple[str, ...]:
    """Figures that tell sister companies apart, as digits without leading zeros, sorted: 第二, 一局, 十二局, 360."""
    if not _NUMERAL.search(body):
        return ()
    found = {_as_digits(match[1] or match[2] or match[0]) for match in _NUMBER.finditer(body)}
    return tuple(sorted(found))


def _as_digits(numeral: str) -> str:
    if numeral.isdecimal() or "百" in numeral:
        return numeral.lstrip("0") or "0"
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return "".join(_DIGITS[each] for each in numeral)
    return f"{_DIGITS.get(tens, '1')}{_DIGITS.get(ones, '0')}"
