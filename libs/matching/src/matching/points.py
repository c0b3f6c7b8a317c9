"""The policy of scoring: what each finding is worth, and from which score on something happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property


class ReasonCode(StrEnum):
    """Findings that a comparison can state. Codes are stable: stored with decisions and translated by clients."""

    BASE = "BASE"

    # The names, one of them
    NAME_FULL = "NAME_FULL"
    CORE_EQUAL = "CORE_EQUAL"
    CORE_HOMOPHONE = "CORE_HOMOPHONE"
    CORE_ONE_EDIT = "CORE_ONE_EDIT"
    CORE_ONE_EDIT_LONG_BRAND = "CORE_ONE_EDIT_LONG_BRAND"
    BRAND_TRADE_PREFIX = "BRAND_TRADE_PREFIX"
    BRAND_TRADE_TYPO = "BRAND_TRADE_TYPO"
    BRAND_TRADE_MISSING = "BRAND_TRADE_MISSING"
    BRAND_OTHER_TRADE = "BRAND_OTHER_TRADE"
    HOMOPHONE_TRADE_PREFIX = "HOMOPHONE_TRADE_PREFIX"
    HOMOPHONE_TRADE_TYPO = "HOMOPHONE_TRADE_TYPO"
    HOMOPHONE_TRADE_MISSING = "HOMOPHONE_TRADE_MISSING"
    HOMOPHONE_OTHER_TRADE = "HOMOPHONE_OTHER_TRADE"
    BRAND_ONE_EDIT = "BRAND_ONE_EDIT"
    BRAND_SWAPPED = "BRAND_SWAPPED"
    BRAND_CONTAINED = "BRAND_CONTAINED"
    BRAND_ABBREVIATED = "BRAND_ABBREVIATED"
    ENGLISH_EQUAL = "ENGLISH_EQUAL"
    NAME_FUZZY = "NAME_FUZZY"
    NAME_PREFIX = "NAME_PREFIX"
    NAME_ROMANISED = "NAME_ROMANISED"
    NAME_UNLIKE = "NAME_UNLIKE"

    # Beside the names
    NAME_LEGAL_FORM = "NAME_LEGAL_FORM"
    NAME_NO_LEGAL_FORM = "NAME_NO_LEGAL_FORM"
    NAME_HAS_REGION = "NAME_HAS_REGION"
    FULL_NAME_RARE = "FULL_NAME_RARE"
    FULL_NAME_COMMON = "FULL_NAME_COMMON"
    CONTACT_ONLY = "CONTACT_ONLY"
    BRAND_MID = "BRAND_MID"
    BRAND_COMMON = "BRAND_COMMON"
    REGION_AGREES = "REGION_AGREES"
    REGION_CONFLICT = "REGION_CONFLICT"
    REGION_SAME_CORE = "REGION_SAME_CORE"
    REGION_COMPATIBLE_CORE = "REGION_COMPATIBLE_CORE"
    REGION_HOMOPHONE_BRAND = "REGION_HOMOPHONE_BRAND"
    GROUP_ONE_SIDED = "GROUP_ONE_SIDED"
    NUMBERS_DIFFER = "NUMBERS_DIFFER"
    BRANCH_DIFFERS = "BRANCH_DIFFERS"

    # The rest of the record
    CITY_EQUAL = "CITY_EQUAL"
    CITY_DIFFERENT = "CITY_DIFFERENT"
    MOBILE_EQUAL = "MOBILE_EQUAL"
    LANDLINE_EQUAL = "LANDLINE_EQUAL"
    PHONE_SHARED = "PHONE_SHARED"
    LANDLINE_DIFFERENT = "LANDLINE_DIFFERENT"
    EMAIL_EQUAL = "EMAIL_EQUAL"
    EMAIL_ROLE_EQUAL = "EMAIL_ROLE_EQUAL"
    DOMAIN_EQUAL = "DOMAIN_EQUAL"
    DOMAIN_SHARED = "DOMAIN_SHARED"
    DOMAIN_DIFFERENT = "DOMAIN_DIFFERENT"
    PERSON_EQUAL = "PERSON_EQUAL"
    PERSON_HOMOPHONE = "PERSON_HOMOPHONE"
    PERSON_SURNAME = "PERSON_SURNAME"
    PERSON_DIFFERENT = "PERSON_DIFFERENT"
    CREDIT_CODE_EQUAL = "CREDIT_CODE_EQUAL"
    CREDIT_CODE_DIFFERENT = "CREDIT_CODE_DIFFERENT"
    EXTERNAL_ID_EQUAL = "EXTERNAL_ID_EQUAL"


@dataclass(frozen=True, kw_only=True)
class Points:
    """Points of the findings, and the limits of the outcomes. A versioned policy: a decision stores `version`.

    Fields are named after `ReasonCode` in lower case. The defaults were fitted on perturbed public company names; they
    are halves and wholes only, so that sums are exact.

    Attributes:
        join: lowest score of a join.
        suggest: lowest score of a suggestion.
        show: lowest score of a suggestion that is shown at once; lower ones are listed on the lead.
        lead_gap: how far the second-best lead must be behind for a join.
        most_suggestions: suggestions kept of one decision.
        rare_up_to: a brand is rare while so many (core, region) pairs carry it at most.
        mid_up_to: as above; beyond it is common.
        shared_phone_over: a phone seen with more brands than this is shared and worth nothing.
        shared_domain_over: the same of a mail domain.
        common_person_over: a name that more companies carry than this is worth `common_person_cap` at most.
    """

    version: int = 1

    join: float = 5
    suggest: float = -2
    show: float = 1
    lead_gap: float = 2
    most_suggestions: int = 5
    rare_up_to: int = 2
    mid_up_to: int = 8
    shared_phone_over: int = 4
    shared_domain_over: int = 8
    common_person_over: int = 5
    common_person_cap: float = 2

    base: float = -1
    name_full: float = 2
    name_legal_form: float = 4
    name_no_legal_form: float = -2
    name_has_region: float = 1
    full_name_rare: float = 1.5
    full_name_common: float = -1
    core_equal: float = 1.5
    core_homophone: float = 0.5
    core_one_edit: float = 1
    core_one_edit_long_brand: float = 2
    brand_trade_prefix: float = 1.5
    brand_trade_typo: float = 1.5
    brand_trade_missing: float = -0.5
    brand_other_trade: float = -5.5
    homophone_trade_prefix: float = 1
    homophone_trade_typo: float = 0.5
    homophone_trade_missing: float = -1
    homophone_other_trade: float = -3.5
    brand_one_edit: float = 1
    brand_swapped: float = 1
    brand_contained: float = 1
    brand_abbreviated: float = 1
    english_equal: float = 0.5
    name_fuzzy: float = 0.5
    name_prefix: float = 0
    name_romanised: float = -1
    name_unlike: float = -4
    contact_only: float = -3
    region_agrees: float = 1.5
    region_conflict: float = -1.5
    region_same_core: float = 1
    region_compatible_core: float = 1.5
    region_homophone_brand: float = -1
    brand_mid: float = -1
    brand_common: float = -1.5
    group_one_sided: float = -3
    numbers_differ: float = 0
    branch_differs: float = 0
    city_equal: float = 1.5
    city_different: float = -2.5
    mobile_equal: float = 4.5
    landline_equal: float = 1.5
    phone_shared: float = 0
    landline_different: float = -1
    email_equal: float = 4
    email_role_equal: float = 1
    domain_equal: float = 1
    domain_shared: float = 0
    domain_different: float = -1.5
    person_equal: float = 4.5
    person_homophone: float = 4
    person_surname: float = 3
    person_different: float = -1
    credit_code_equal: float = 12
    credit_code_different: float = 0
    external_id_equal: float = 0

    def __post_init__(self) -> None:
        if not self.suggest <= self.show <= self.join:
            message = f"Limits must rise: suggest {self.suggest}, show {self.show}, join {self.join}."
            raise ValueError(message)

    @cached_property
    def worth(self) -> Mapping[ReasonCode, float]:
        """The points of each finding by its code."""
        return {code: getattr(self, code.lower()) for code in ReasonCode}

    def to_dict(self) -> dict[str, float]:
        """The policy as a document: `Points(**document)` gives it back."""
        return asdict(self)


DEFAULT_POINTS = Points()
