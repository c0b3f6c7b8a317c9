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
from matching.person import Person
from matching.phone import PhoneKind
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records compared. `compare(b, a)` differs only in left and right.

    Attributes:
        score: sum of the points of all reasons.
        policy_version: version of the points.
    """

    score: float
    reasons: tuple[Reason, ...]
    policy_version: int

    @property
    def codes(self) -> frozenset[ReasonCode]:
        """What was found, without points and values."""
        return frozenset(reason.code for reason in self.reasons)

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
    contact = findings.compare_phones(left, right)
    contact += findings.compare_emails(left, right)
    if left.person and right.person:
        contact += findings.compare_persons(left.person, right.person)
    findings.compare_ids(left, right)
    findings.doubt_contact_only(contact)
    return Comparison(sum(reason.points for reason in findings.reasons), tuple(findings.reasons), points.version)


class _Findings:
    """Collects the reasons of one comparison. What compares contact data returns the points that speak for identity."""

    __slots__ = ("context", "points", "reasons", "worth")

    def __init__(self, points: Points, context: MatchContext) -> None:
        self.points = points
        self.context = context
        self.worth = points.worth
        self.reasons: list[Reason] = []

    def add(self, code: ReasonCode, left: str = "", right: str = "") -> float:
        worth = self.worth[code]
        self.reasons.append(Reason(code, worth, left, right))
        return worth

    def add_at_most(self, code: ReasonCode, most: float, left: str = "", right: str = "") -> float:
        worth = min(self.worth[code], most)
        self.reasons.append(Reason(code, worth, left, right))
        return worth

    def compare_companies(self, left: NormalisedIdentity, right: NormalisedIdentity) -> None:
        compared = compare_names(left, right)
        if compared is None:
            return
        level, one, other = compared
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
        worth = max(self.worth[code], least)
        self.reasons.append(Reason(code, worth, value, value))
        return worth

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

    def compare_phones(self, left: NormalisedIdentity, right: NormalisedIdentity) -> float:
        if not left.phones or not right.phones:
            return 0
        best = 0.0
        found: tuple[ReasonCode, str] | None = None
        for phone in left.phones:
            if phone not in right.phones:
                continue
            code = ReasonCode.MOBILE_EQUAL if phone.kind is PhoneKind.MOBILE else ReasonCode.LANDLINE_EQUAL
            if self.context.phone_brands(phone.number) > self.points.shared_phone_over:
                code = ReasonCode.PHONE_SHARED
            found = max(
                found or (code, phone.number), (code, phone.number), key=lambda each: (self.worth[each[0]], each[1])
            )
        if found is not None:
            best = self.add(found[0], found[1], found[1])
        else:
            self._add_different_landlines(left, right)
        return max(best, 0)

    def _add_different_landlines(self, left: NormalisedIdentity, right: NormalisedIdentity) -> None:
        one, other = (
            next((phone.number for phone in record.phones if phone.kind is PhoneKind.LANDLINE), "")
            for record in (left, right)
        )
        if one and other:
            self.add(ReasonCode.LANDLINE_DIFFERENT, one, other)

    def compare_emails(self, left: NormalisedIdentity, right: NormalisedIdentity) -> float:
        one, other = left.email, right.email
        if one is None or other is None:
            return 0
        shared = [domain for domain in {one.company_domain, other.company_domain} if domain and self._is_shared(domain)]
        if one.address == other.address:
            if one.is_role and shared:
                return self.add(ReasonCode.DOMAIN_SHARED, one.address, other.address)
            return self.add(
                ReasonCode.EMAIL_ROLE_EQUAL if one.is_role else ReasonCode.EMAIL_EQUAL, one.address, other.address
            )
        if not one.company_domain or not other.company_domain:
            return 0
        if one.company_domain == other.company_domain:
            code = ReasonCode.DOMAIN_SHARED if shared else ReasonCode.DOMAIN_EQUAL
            return self.add(code, one.company_domain, other.company_domain)
        if not shared:
            self.add(ReasonCode.DOMAIN_DIFFERENT, one.company_domain, other.company_domain)
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
            return self.add_at_most(code, self.points.common_person_cap, left, right)
        return self.add(code, left, right)

    def compare_ids(self, left: NormalisedIdentity, right: NormalisedIdentity) -> None:
        if left.credit_code and right.credit_code:
            equal = left.credit_code == right.credit_code
            code = ReasonCode.CREDIT_CODE_EQUAL if equal else ReasonCode.CREDIT_CODE_DIFFERENT
            self.add(code, left.credit_code, right.credit_code)
        if left.external_id and left.external_id == right.external_id and left.source and left.source == right.source:
            self.add(ReasonCode.EXTERNAL_ID_EQUAL, left.external_id, right.external_id)

    def doubt_contact_only(self, contact: float) -> None:
        """Takes points off when names are unlike and only contact data agree, but never more than these gave."""
        codes = {reason.code for reason in self.reasons}
        if contact > 0 and ReasonCode.NAME_UNLIKE in codes and ReasonCode.CREDIT_CODE_EQUAL not in codes:
            self.reasons.append(Reason(ReasonCode.CONTACT_ONLY, max(self.worth[ReasonCode.CONTACT_ONLY], -contact)))


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
