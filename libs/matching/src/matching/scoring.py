"""Comparing two prepared records: additive points, each one a reason that people can read.

Source: Fellegi and Sunter (1969), "A Theory for Record Linkage": fields that agree or disagree as additive weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from matching.company_name import CompanyName
from matching.context import NOTHING_KNOWN, MatchContext
from matching.identity import NormalisedIdentity
from matching.likeness import HOMOPHONE_BRAND, SAME_CORE, UNLIKE, compare_names
from matching.mailbox import Mailbox
from matching.person import Person
from matching.phone import Phone, PhoneKind
from matching.place import same_city
from matching.points import DEFAULT_POINTS, Points, ReasonCode
from matching.regions import RegionMatch, match_regions

_NOT_ABOUT_A_BRAND: Final = UNLIKE | {
    ReasonCode.NAME_FULL, ReasonCode.ENGLISH_EQUAL, ReasonCode.NAME_FUZZY, ReasonCode.NAME_PREFIX,
    ReasonCode.NAME_ROMANISED,
}  # fmt: skip


class Reason(NamedTuple):
    """One finding.

    Attributes:
        points: what it adds to the score; 0 for findings that only rules look at.
        left: the value of the first record, "" where the finding is about no single value.
        right: that of the second.
    """

    code: ReasonCode
    points: float
    left: str = ""
    right: str = ""


_Finding = tuple[ReasonCode, float, str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records compared. `compare(b, a)` differs only in left and right.

    Attributes:
        score: sum of the points of all reasons.
        findings: the reasons as plain tuples; making them `Reason` only for the few that are shown saves a fifth of the
            time of a comparison.
        policy_version: version of the points.
    """

    score: float
    findings: tuple[_Finding, ...]
    policy_version: int

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All reasons, names first; their points add up to the score."""
        return tuple(map(Reason._make, self.findings))

    @property
    def codes(self) -> frozenset[ReasonCode]:
        """What was found, without points and values."""
        return frozenset([code for code, _, _, _ in self.findings])

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON keeps, for the record of the decision."""
        reasons = [reason._asdict() for reason in self.reasons]
        return {"score": self.score, "policy_version": self.policy_version, "reasons": reasons}


def compare(
    left: NormalisedIdentity,
    right: NormalisedIdentity,
    points: Points = DEFAULT_POINTS,
    context: MatchContext = NOTHING_KNOWN,
) -> Comparison:
    """Scores two records; symmetric, and what a record does not say is worth 0.

    A field that both records have alike never lowers the score, so that more data never hide a duplicate.
    """
    findings = _Findings(points, context)
    findings.add(ReasonCode.BASE)
    findings.compare_companies(left, right)
    findings.compare_cities(left, right)
    contact = findings.compare_phones(left.phones, right.phones)
    if left.email and right.email:
        contact += findings.compare_emails(left.email, right.email)
    if left.person and right.person:
        contact += findings.compare_persons(left.person, right.person)
    same_code = findings.compare_ids(left, right)
    if findings.level is ReasonCode.NAME_UNLIKE and contact > 0 and not same_code:
        findings.doubt_contact_only(contact)
    return Comparison(findings.score, tuple(findings.found), points.version)


class _Findings:
    """Collects the reasons of one comparison. What compares contact data returns the points that speak for identity."""

    __slots__ = ("context", "found", "level", "points", "score", "worth")

    def __init__(self, points: Points, context: MatchContext) -> None:
        self.points = points
        self.context = context
        self.worth = points.worth
        self.found: list[_Finding] = []
        self.score = 0.0
        self.level: ReasonCode | None = None

    def add(self, code: ReasonCode, left: str = "", right: str = "") -> float:
        points = self.worth[code]
        self.found.append((code, points, left, right))
        self.score += points
        return points

    def add_points(self, code: ReasonCode, points: float, left: str, right: str) -> float:
        self.found.append((code, points, left, right))
        self.score += points
        return points

    def compare_companies(self, left: NormalisedIdentity, right: NormalisedIdentity) -> None:
        compared = compare_names(left, right)
        if compared is None:
            return
        level, one, other = compared
        self.level = level
        if level is ReasonCode.NAME_FULL:
            self._add_full_name(one)
            return
        self.add(level, one.full, other.full)
        self._add_regions(level, one, other)
        if level not in _NOT_ABOUT_A_BRAND:
            self._add_rarity(one, other)
        if one.group != other.group:
            self.add(ReasonCode.GROUP_ONE_SIDED, one.full, other.full)
        if one.numbers != other.numbers:
            self.add(ReasonCode.NUMBERS_DIFFER, " ".join(one.numbers), " ".join(other.numbers))
        if one.branch != other.branch:
            self.add(ReasonCode.BRANCH_DIFFERS, one.branch, other.branch)

    def _add_full_name(self, name: CompanyName) -> None:
        """Equal names never count against identity: a common short one is worth nothing, not less."""
        so_far = self.add(ReasonCode.NAME_FULL, name.full, name.full)
        form = ReasonCode.NAME_LEGAL_FORM if name.legal_form else ReasonCode.NAME_NO_LEGAL_FORM
        so_far += self._add_not_below(form, -so_far, name.legal_form)
        if name.regions:
            so_far += self.add(ReasonCode.NAME_HAS_REGION, ",".join(name.regions), ",".join(name.regions))
        count = self.context.brand_count(name.brand)
        if count is not None and count <= self.points.rare_up_to:
            self.add(ReasonCode.FULL_NAME_RARE, name.brand, name.brand)
        elif count is not None and count > self.points.mid_up_to:
            self._add_not_below(ReasonCode.FULL_NAME_COMMON, -so_far, name.brand)

    def _add_not_below(self, code: ReasonCode, least: float, value: str) -> float:
        return self.add_points(code, max(self.worth[code], least), value, value)

    def _add_regions(self, level: ReasonCode, one: CompanyName, other: CompanyName) -> None:
        match = match_regions(one.regions, other.regions)
        if match is RegionMatch.BOTH_UNKNOWN:
            return
        left, right = ",".join(one.regions), ",".join(other.regions)
        if match is RegionMatch.CONFLICT:
            self.add(ReasonCode.REGION_CONFLICT, left, right)
            return
        self.add(ReasonCode.REGION_AGREES, left, right)
        if match is RegionMatch.ONE_UNKNOWN:
            return
        if level in SAME_CORE:
            same = match is RegionMatch.SAME
            self.add(ReasonCode.REGION_SAME_CORE if same else ReasonCode.REGION_COMPATIBLE_CORE, left, right)
        elif level in HOMOPHONE_BRAND:
            self.add(ReasonCode.REGION_HOMOPHONE_BRAND, left, right)

    def _add_rarity(self, one: CompanyName, other: CompanyName) -> None:
        counts = [count for name in (one, other) if (count := self.context.brand_count(name.brand)) is not None]
        if not counts or max(counts) <= self.points.rare_up_to:
            return
        common = max(counts) > self.points.mid_up_to
        self.add(ReasonCode.BRAND_COMMON if common else ReasonCode.BRAND_MID, one.brand, other.brand)

    def compare_cities(self, left: NormalisedIdentity, right: NormalisedIdentity) -> None:
        same = same_city(left.city, right.city)
        if same is not None:
            self.add(ReasonCode.CITY_EQUAL if same else ReasonCode.CITY_DIFFERENT, left.city, right.city)

    def compare_phones(self, left: tuple[Phone, ...], right: tuple[Phone, ...]) -> float:
        if not left or not right:
            return 0
        equal = [phone for phone in left if phone in right]
        if not equal:
            self._add_different_landlines(left, right)
            return 0
        found = [(self.worth[code := self._phone_code(phone)], phone.number, code) for phone in equal]
        _, number, code = max(found)
        return max(self.add(code, number, number), 0)

    def _phone_code(self, phone: Phone) -> ReasonCode:
        if self.context.phone_brands(phone.number) > self.points.shared_phone_over:
            return ReasonCode.PHONE_SHARED
        return ReasonCode.MOBILE_EQUAL if phone.kind is PhoneKind.MOBILE else ReasonCode.LANDLINE_EQUAL

    def _add_different_landlines(self, left: tuple[Phone, ...], right: tuple[Phone, ...]) -> None:
        one, other = _landline(left), _landline(right)
        if one and other:
            self.add(ReasonCode.LANDLINE_DIFFERENT, one, other)

    def compare_emails(self, one: Mailbox, other: Mailbox) -> float:
        left, right = one.company_domain, other.company_domain
        if one.address == other.address:
            if not one.is_role:
                return self.add(ReasonCode.EMAIL_EQUAL, one.address, other.address)
            code = ReasonCode.DOMAIN_SHARED if self._is_shared(left) else ReasonCode.EMAIL_ROLE_EQUAL
            return self.add(code, one.address, other.address)
        if not left or not right:
            return 0
        if left == right:
            return self.add(ReasonCode.DOMAIN_SHARED if self._is_shared(left) else ReasonCode.DOMAIN_EQUAL, left, right)
        if not self._is_shared(left) and not self._is_shared(right):
            self.add(ReasonCode.DOMAIN_DIFFERENT, left, right)
        return 0

    def _is_shared(self, domain: str) -> bool:
        return self.context.domain_brands(domain) > self.points.shared_domain_over

    def compare_persons(self, one: Person, other: Person) -> float:
        code = _person_likeness(one, other)
        if code is None:
            return 0
        left, right = one.name or one.surname, other.name or other.surname
        if code is ReasonCode.PERSON_DIFFERENT:
            self.add(code, left, right)
            return 0
        companies = max(self.context.person_companies(name) for name in (left, right))
        if companies > self.points.common_person_over:
            return self.add_points(code, min(self.worth[code], self.points.common_person_cap), left, right)
        return self.add(code, left, right)

    def compare_ids(self, left: NormalisedIdentity, right: NormalisedIdentity) -> bool:
        """Returns whether the credit codes are equal, which makes other doubts needless."""
        equal = left.credit_code == right.credit_code != ""
        if left.credit_code and right.credit_code:
            code = ReasonCode.CREDIT_CODE_EQUAL if equal else ReasonCode.CREDIT_CODE_DIFFERENT
            self.add(code, left.credit_code, right.credit_code)
        if left.external_id and left.external_id == right.external_id and left.source and left.source == right.source:
            self.add(ReasonCode.EXTERNAL_ID_EQUAL, left.external_id, right.external_id)
        return equal

    def doubt_contact_only(self, contact: float) -> None:
        """Takes points off because only contact data agree, but never more than these gave."""
        self.add_points(ReasonCode.CONTACT_ONLY, max(self.worth[ReasonCode.CONTACT_ONLY], -contact), "", "")


def _landline(phones: tuple[Phone, ...]) -> str:
    for phone in phones:
        if phone.kind is PhoneKind.LANDLINE:
            return phone.number
    return ""


def _person_likeness(one: Person, other: Person) -> ReasonCode | None:
    if one.name and one.name == other.name:
        return ReasonCode.PERSON_EQUAL
    if one.sound and one.sound == other.sound:
        return ReasonCode.PERSON_HOMOPHONE
    if not one.surname or not other.surname:  # 张伟 may call himself David
        both_latin = not one.surname and not other.surname
        return ReasonCode.PERSON_DIFFERENT if both_latin else None
    if one.name and other.name:
        return ReasonCode.PERSON_DIFFERENT
    return ReasonCode.PERSON_SURNAME if one.surname == other.surname else ReasonCode.PERSON_DIFFERENT
