"""Company names as people retype them, made from public lists; for measuring only, never stored here.

The lists lie in a folder `zh-company-names`; its README says what they are and where they come from.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import opencc

from matching.identity import Identity
from matching.pinyin import fuzzy_syllables

LEGAL_FORMS = ("有限责任公司", "股份有限公司", "有限公司", "公司")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文海波晓宇"


@dataclass(frozen=True, slots=True)
class Company:
    """One that exists; `brand`, `region` and `trade` are known when the name was composed, else empty."""

    name: str
    city: str
    mobiles: tuple[str, str]
    landline: str
    domain: str
    people: tuple[str, str]
    region: str = ""
    brand: str = ""
    trade: str = ""


class NameLists:
    """Reads the lists and draws companies, retyped names and records from them."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.random = random
        self.brands = _lines(folder / "brands.txt.gz")
        self.trades = _lines(folder / "trade-words.txt.gz")
        self.listed = [line.split("\t") for line in _lines(folder / "listed.tsv.gz")]
        self.real = _lines(folder / "names.txt.gz") + [full for _, full in self.listed]
        regions = [line.split("\t") for line in _lines(folder / "regions.tsv.gz")]
        self.regions = [(name, city) for name, _, city in regions if city and name[-1] not in "县省治"]
        self.characters = [each for brand in self.brands for each in brand if "\u4e00" <= each <= "\u9fff"]
        self.by_sound: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for character in set(self.characters):
            self.by_sound[fuzzy_syllables(character)].add(character)
        self.traditional: Callable[[str], str] = opencc.OpenCC("s2t").convert  # type: ignore[attr-defined, no-untyped-call]

    def company(self, number: int) -> Company:
        pick = self.random.choice
        region, city = pick(self.regions)
        brand, trade = pick(self.brands), pick(self.trades)
        composed = self.random.random() < 0.7
        return Company(
            name=f"{region}{brand}{trade}有限公司" if composed else pick(self.real),
            city=city,
            mobiles=(self._mobile(), self._mobile()),
            landline=f"0{pick(['10', '21', '755', '571'])}{self.random.randint(20_000_000, 89_999_999)}",
            domain=f"c{number}.cn" if self.random.random() < 0.7 else "",
            people=(self._person(), self._person()),
            **({"region": region, "brand": brand, "trade": trade} if composed else {}),
        )

    def record(self, company: Company, name: str, same_contact: float) -> Identity:
        """A record under this name, whose contact is the company's usual one with the given probability."""
        pick, chance = self.random.choice, self.random.random
        who = 0 if chance() < same_contact else 1
        mobile, person = company.mobiles[who], company.people[who]
        phones = [pick([mobile, f"+86 {mobile}", f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}"])] if chance() < 0.8 else []
        phones += [company.landline + pick(["", "-801", "转8"])] if chance() < 0.3 else []
        email = f"{pick(['info', f'u{who}'])}@{company.domain}" if company.domain else f"{mobile}@qq.com"
        return Identity(
            company=name,
            person=pick([person, person, f"{person[0]}总", f"{person}先生", ""]),
            phones=tuple(phones),
            email=email if chance() < 0.5 else "",
            city=pick([company.city, company.city, ""]),
        )

    def retyped(self, company: Company) -> str:
        """The company's name after none to three of the changes that people make."""
        name = company.name
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 2, 3])):
            name = self.random.choice(self._changes())(name, company)
        return name

    def _changes(self) -> list[Callable[[str, Company], str]]:
        return [
            lambda name, _: _without_form(name),
            lambda name, _: _without_form(name) + self.random.choice(LEGAL_FORMS),
            lambda name, company: name.removeprefix(company.region),
            lambda name, _: self.traditional(name),
            lambda name, _: f" {name.replace('(', '（').replace(')', '）')}　",
            lambda name, company: company.brand or name,
            lambda name, company: name.replace(company.trade, company.trade[:2]) if company.trade else name,
            self._bracket_region,
            self._wrong_character,
            self._homophone,
            self._swap,
            self._drop,
        ]

    def _bracket_region(self, name: str, company: Company) -> str:
        if not company.region or not name.startswith(company.region):
            return name
        rest = _without_form(name.removeprefix(company.region))
        return f"{rest}({company.region}){name[len(company.region) + len(rest) :]}"

    def _wrong_character(self, name: str, company: Company) -> str:
        return self._in_brand(
            name, company, lambda before, _, after: before + self.random.choice(self.characters) + after
        )

    def _homophone(self, name: str, company: Company) -> str:
        def replaced(before: str, character: str, after: str) -> str:
            return before + self.random.choice(sorted(self.by_sound[fuzzy_syllables(character)] | {character})) + after

        return self._in_brand(name, company, replaced)

    def _swap(self, name: str, company: Company) -> str:
        return self._in_brand(
            name, company, lambda before, character, after: before + after[:1] + character + after[1:]
        )

    def _drop(self, name: str, company: Company) -> str:
        return (
            self._in_brand(name, company, lambda before, _, after: before + after) if len(company.brand) > 2 else name
        )

    def _in_brand(self, name: str, company: Company, change: Callable[[str, str, str], str]) -> str:
        brand = company.brand
        if not brand or brand not in name:
            return name
        at = self.random.randrange(len(brand))
        return name.replace(brand, change(brand[:at], brand[at], brand[at + 1 :]))

    def _mobile(self) -> str:
        return f"1{self.random.randint(30, 99)}{self.random.randint(0, 99_999_999):08d}"

    def _person(self) -> str:
        return self.random.choice(SURNAMES) + "".join(self.random.choices(GIVEN, k=self.random.choice([1, 2, 2])))


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines]


def _without_form(name: str) -> str:
    form = next((form for form in LEGAL_FORMS if name.endswith(form) and len(name) > len(form) + 1), "")
    return name.removesuffix(form)
