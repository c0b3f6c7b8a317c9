"""What is known of a customer's legal unit 客户主数据, in normal form."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from chassis.errors import Violation
from matching.credit_code import normalise_credit_code

_SHORTEST_NAME = 2
_TEXTS = ("name", "kind", "registered_address", "region", "city", "grade", "source", "pain_points", "purchase_cycle")


class CustomKind(StrEnum):
    """Type of a field that the tenant has defined."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class CustomValue:
    """A value of such a field: a number for the kind `number`, a day as `YYYY-MM-DD` for `date`, else a text."""

    kind: CustomKind
    value: str | float

    @property
    def is_filled(self) -> bool:
        """Whether it says anything; a blank text does not, the number 0 does."""
        return not isinstance(self.value, str) or bool(self.value.strip())


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """Facts of a legal unit. Empty means not known. No names or numbers of people: those stand in contacts."""

    name: str
    short_names: tuple[str, ...] = ()
    kind: str = ""
    """Open code, for example `public_hospital`."""
    credit_code: str = ""
    """统一社会信用代码."""
    registered_address: str = ""
    region: str = ""
    city: str = ""
    grade: str = ""
    """One of the codes of the tenant's settings 客户分级."""
    source: str = ""
    pain_points: str = ""
    """历史合作痛点."""
    purchase_cycle: str = ""
    """当前采购周期."""
    custom: Mapping[str, CustomValue] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the legal unit, then what else it is called."""
        return (self.name, *self.short_names)

    def tidied(self) -> "CustomerProfile":
        """The same without blanks around texts, each short name once, the credit code as it is registered.

        A credit code that cannot be one is left as it is; `profile_faults` tells of it.
        """
        short_names = dict.fromkeys(name.strip() for name in self.short_names)
        return replace(
            self,
            **{name: getattr(self, name).strip() for name in _TEXTS},
            short_names=tuple(name for name in short_names if name),
            credit_code=normalise_credit_code(self.credit_code) or self.credit_code.strip(),
        )


def profile_faults(profile: CustomerProfile, grades: frozenset[str], *, known_grade: str = "") -> list[Violation]:
    """All that is wrong with a tidied profile, by the paths of its fields.

    Args:
        grades: codes that the tenant's settings name.
        known_grade: the grade that the customer has already; it stays allowed when the settings drop it.
    """
    faults = []
    if len(profile.name) < _SHORTEST_NAME:
        faults.append(Violation("profile.name", "string.min_len", f"must be at least {_SHORTEST_NAME} characters"))
    if profile.credit_code and normalise_credit_code(profile.credit_code) is None:
        message = "must be 18 signs with the right check digit"
        faults.append(Violation("profile.credit_code", "credit_code.invalid", message))
    if profile.grade and profile.grade != known_grade and profile.grade not in grades:
        message = f"must be one of {', '.join(sorted(grades))}"
        faults.append(Violation("profile.grade", "grade.unknown", message))
    faults += [
        Violation(f'profile.custom["{name}"].date', "date.unknown", f"{custom.value} is no day")
        for name, custom in profile.custom.items()
        if custom.kind is CustomKind.DATE and not _is_day(str(custom.value))
    ]
    return faults


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
