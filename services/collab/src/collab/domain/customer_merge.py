"""One merge of a customer into another: what each field becomes, and what the survivor took over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chassis.errors import Invalid, Violation
from collab.domain.customer import Customer
from collab.domain.customer_fields import (
    SHORT_NAMES,
    Value,
    fields_of,
    is_filled,
    with_fields,
    with_short_names,
)
from collab.domain.errors import MergeIsUndone
from collab.domain.ids import CustomerId, MergeId

_MOST_SHORT_NAMES, _LONGEST_SHORT_NAME = 20, 100


class Side(StrEnum):
    """Whose value a field takes."""

    SURVIVOR = "survivor"
    MERGED = "merged"
    BOTH = "both"
    """For the short names alone: those of both, and the name that is not kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a field of the survivor was, and what the merge made of it."""

    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class NamesTaken:
    """The survivor's short names before and after, and all that the merge would bring whoever else brings them too."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    brought: frozenset[str]

    @property
    def added(self) -> tuple[str, ...]:
        """Names that stand there because of this merge."""
        return tuple(name for name in self.after if name not in self.before)

    def owning(self, names: frozenset[str]) -> "NamesTaken":
        """The same, counted as having added these names, because the merge that did so was taken back."""
        return replace(
            self,
            before=tuple(name for name in self.before if name not in names),
            after=(*self.after, *sorted(names - set(self.after))),
        )

    def giving_up(self, names: frozenset[str]) -> "NamesTaken":
        """The same without these names: the customer that was merged no longer has them."""
        return replace(
            self, after=tuple(name for name in self.after if name not in names), brought=self.brought - names
        )


@dataclass(frozen=True, slots=True)
class CustomerMerge:
    """A merge, in force or taken back."""

    id: MergeId
    survivor_id: CustomerId
    merged_id: CustomerId
    survivor_version: int
    """Version of the survivor that it led to: merges into one customer follow one another by it."""
    reason: str
    merged_by: str
    """`person:<id>` or `service:<name>`."""
    merged_at: datetime
    changes: Mapping[str, Change]
    """Fields of the survivor that took another value."""
    names: NamesTaken
    undone_at: datetime | None = None
    undone_by: str = ""
    undo_reason: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of the survivor that took another value, the short names among them."""
        return (*self.changes, *([SHORT_NAMES] if self.names.before != self.names.after else []))

    def undone(self, reason: str, actor: str, at: datetime) -> "CustomerMerge":
        """The merge, taken back.

        Raises:
            MergeIsUndone: it was before.
        """
        if self.undone_at is not None:
            raise MergeIsUndone(self.id)
        return replace(self, undone_at=at, undone_by=actor, undo_reason=reason)


@dataclass(frozen=True, slots=True)
class Taken:
    """The survivor with what it takes over, and what that is."""

    survivor: Customer
    changes: Mapping[str, Change]
    names: NamesTaken


def taken_over(survivor: Customer, merged: Customer, choices: Mapping[str, Side]) -> Taken:
    """What the survivor becomes. Fields that nobody chose keep what they have and are filled where they are empty.

    Raises:
        Invalid: names every choice of what is no field, and every one that a field does not know.
    """
    own, other = fields_of(survivor), fields_of(merged)
    if faults := _choice_faults(choices, own.keys() | other.keys()):
        raise Invalid(faults)
    changes = {}
    for name in {**own, **other}:
        kept, offered = own.get(name), other.get(name)
        takes = choices.get(name, Side.SURVIVOR if is_filled(kept) else Side.MERGED) is Side.MERGED
        if takes and offered != kept and (name != "name" or is_filled(offered)):
            changes[name] = Change(kept, offered)
    after = with_fields(survivor, {name: change.after for name, change in changes.items()})
    names = _names_taken(survivor, merged, after.profile.name, choices.get(SHORT_NAMES, Side.BOTH))
    return Taken(with_short_names(after, names.after), changes, names)


def differing(survivor: Customer, merged: Customer) -> list[str]:
    """Fields in which two customers differ, short names last."""
    own, other = fields_of(survivor), fields_of(merged)
    names = [name for name in {**own, **other} if own.get(name) != other.get(name)]
    return names + ([SHORT_NAMES] if survivor.profile.short_names != merged.profile.short_names else [])


def warnings(survivor: Customer, merged: Customer) -> list[str]:
    """What speaks against taking the two for one, as codes."""
    own, other = survivor.profile, merged.profile
    held_apart = {
        "CREDIT_CODES_DIFFER": (own.credit_code, other.credit_code),
        "KINDS_DIFFER": (own.kind, other.kind),
        "OWNERS_DIFFER": (survivor.owner, merged.owner),
    }
    return [code for code, (one, two) in held_apart.items() if one and two and one != two]


def _names_taken(survivor: Customer, merged: Customer, name: str, side: Side) -> NamesTaken:
    before = survivor.profile.short_names
    brought = (*merged.profile.names, survivor.profile.name) if side is Side.BOTH else ()
    fitting = [each for each in brought if each != name and len(each) <= _LONGEST_SHORT_NAME]
    after = tuple(dict.fromkeys((*before, *fitting)))
    # A name that finds no place is still found: the customer that is merged keeps what it is found by.
    return NamesTaken(before, after[: max(_MOST_SHORT_NAMES, len(before))], frozenset(fitting))


def _choice_faults(choices: Mapping[str, Side], known: set[str]) -> list[Violation]:
    faults = []
    for place, (name, side) in enumerate(choices.items()):
        if name != SHORT_NAMES and name not in known:
            message = f"{name} is no field that one of the two has"
            faults.append(Violation(f"choices[{place}].field", "field.unknown", message))
        elif side is (Side.MERGED if name == SHORT_NAMES else Side.BOTH):
            message = "short names are the survivor's or both, other fields one of the two"
            faults.append(Violation(f"choices[{place}].side", "side.not_for_this_field", message))
    return faults
