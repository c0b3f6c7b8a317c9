"""A person at a customer 联系人: personal data, which stands here and nowhere else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from chassis.errors import Stale, Violation
from collab.domain.errors import ContactCircle, ContactIsArchived
from collab.domain.ids import ContactId, CustomerId
from matching.phone import normalise_phone


class DecisionRole(StrEnum):
    """What somebody does in a customer's decisions 决策链角色."""

    INITIATOR = "initiator"
    USER = "user"
    INFLUENCER = "influencer"
    DECIDER = "decider"
    APPROVER = "approver"
    GATEKEEPER = "gatekeeper"
    BUYER = "buyer"


class Attitude(StrEnum):
    """How somebody stands towards us."""

    CHAMPION = "champion"
    SUPPORTER = "supporter"
    NEUTRAL = "neutral"
    SCEPTIC = "sceptic"
    OPPONENT = "opponent"


@dataclass(frozen=True, slots=True)
class ContactProfile:
    """What is known of a contact; empty and None mean not known."""

    name: str
    post: str = ""
    """职务."""
    department: str = ""
    """科室."""
    decision_role: DecisionRole | None = None
    phone: str = ""
    """E.164 once tidied."""
    email: str = ""
    attitude: Attitude | None = None
    reports_to: ContactId | None = None

    def tidied(self) -> "ContactProfile":
        """The same without blanks around texts, the phone as E.164.

        A phone that cannot be read is left as it is; `contact_faults` tells of it.
        """
        phone = normalise_phone(self.phone) if self.phone.strip() else None
        return replace(
            self,
            name=self.name.strip(),
            post=self.post.strip(),
            department=self.department.strip(),
            phone=phone.number if phone else self.phone.strip(),
            email=self.email.strip(),
        )

    def changed_from(self, before: "ContactProfile") -> tuple[str, ...]:
        """Names of the fields that differ."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != getattr(before, f.name))


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact. It moves with its customer's row held, so that changes of one customer follow one another."""

    id: ContactId
    customer_id: CustomerId
    profile: ContactProfile
    created_at: datetime
    updated_at: datetime
    is_archived: bool = False
    version: int = 1
    origin_id: CustomerId | None = None
    """Customer at which it was made, where a merge has moved it to another; None where that is its customer."""
    merge_moves: int = 0
    """How often a merge, or the taking back of one, has moved it."""

    @property
    def made_at(self) -> CustomerId:
        """The customer at which it was made, to which it returns when that is un-merged."""
        return self.origin_id or self.customer_id

    @property
    def own_version(self) -> int:
        """The version without the moves of merges, which change nothing of who it is."""
        return self.version - self.merge_moves

    @property
    def is_reachable(self) -> bool:
        """Whether there is a phone or an e-mail."""
        return bool(self.profile.phone or self.profile.email)

    def require_version(self, seen: int) -> None:
        """Refuses a change by somebody who saw an older version.

        Raises:
            Stale: with the present version.
        """
        if seen != self.version:
            raise Stale("contact", self.id, self.version)

    def edited(self, profile: ContactProfile, at: datetime) -> "Contact":
        """The contact with another profile; itself where nothing differs.

        Raises:
            ContactIsArchived: it is not changed any more.
        """
        if self.is_archived:
            raise ContactIsArchived(self.id)
        return self._moved(replace(self, profile=profile), at)

    def archived(self, at: datetime) -> "Contact":
        """The contact out of daily use; itself where it is already."""
        return self._moved(replace(self, is_archived=True), at)

    def standing_with(self, customer_id: CustomerId, at: datetime) -> "Contact":
        """The contact at the customer that a merge, or its undoing, puts it to; itself where it stands there."""
        if self.customer_id == customer_id:
            return self
        origin = None if self.made_at == customer_id else self.made_at
        moves = self.merge_moves + 1
        return self._moved(replace(self, customer_id=customer_id, origin_id=origin, merge_moves=moves), at)

    def without_superior(self, at: datetime) -> "Contact":
        """The contact reporting to nobody: the one above stands with another customer now."""
        return self._moved(replace(self, profile=replace(self.profile, reports_to=None)), at)

    def _moved(self, after: "Contact", at: datetime) -> "Contact":
        return self if after == self else replace(after, version=self.version + 1, updated_at=at)


def contact_faults(profile: ContactProfile, others: Mapping[ContactId, Contact]) -> list[Violation]:
    """All that is wrong with a tidied profile, by the paths of its fields.

    Args:
        others: the contacts of the same customer.
    """
    faults = []
    if not profile.name:
        faults.append(Violation("profile.name", "string.min_len", "must not be empty"))
    if profile.phone and normalise_phone(profile.phone) is None:
        faults.append(Violation("profile.phone", "phone.unreadable", "is no full phone number"))
    if profile.reports_to is not None:
        superior = others.get(profile.reports_to)
        if superior is None:
            message = f"the customer has no contact {profile.reports_to}"
            faults.append(Violation("profile.reports_to", "contact.unknown", message))
        elif superior.is_archived:
            faults.append(Violation("profile.reports_to", "contact.archived", f"{superior.id} is archived"))
    return faults


def require_no_circle(contact_id: ContactId, reports_to: ContactId, others: Mapping[ContactId, Contact]) -> None:
    """Refuses a reporting line that leads back to where it begins.

    Raises:
        ContactCircle: it would.
    """
    at: ContactId | None = reports_to
    passed: set[ContactId] = set()
    while at is not None and at not in passed:
        if at == contact_id:
            raise ContactCircle(contact_id, reports_to)
        passed.add(at)
        above = others.get(at)
        at = above.profile.reports_to if above else None


def reporting_lines(contacts: Iterable[Contact]) -> list[tuple[ContactId, ContactId]]:
    """Who reports to whom among the contacts given: the one who reports, then the one above."""
    among = {contact.id: contact for contact in contacts}
    return [
        (contact.id, contact.profile.reports_to)
        for contact in among.values()
        if contact.profile.reports_to is not None and contact.profile.reports_to in among
    ]


def unfilled_roles(contacts: Iterable[Contact]) -> list[DecisionRole]:
    """Parts in decisions that none of the contacts plays."""
    filled = {contact.profile.decision_role for contact in contacts}
    return [role for role in DecisionRole if role not in filled]
