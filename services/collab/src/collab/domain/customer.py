"""A customer 客户: the one record of a legal unit, by whose id everything else hangs together."""

from dataclasses import dataclass, replace
from datetime import datetime

from chassis.errors import Stale
from chassis.ids import PersonId, TeamId
from collab.domain.completeness import Completeness
from collab.domain.customer_profile import CustomerProfile
from collab.domain.errors import CustomerIsArchived, CustomerIsMerged
from collab.domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class CustomerOwner:
    """Who answers for a customer, and in which team that was when it was given."""

    person_id: PersonId
    team_id: TeamId


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer. Each move returns the customer as it is afterwards, or itself where nothing differs."""

    id: CustomerId
    profile: CustomerProfile
    owner: CustomerOwner | None
    completeness: Completeness
    created_at: datetime
    updated_at: datetime
    is_archived: bool = False
    version: int = 1
    """Rises with every change of the customer or of one of its contacts."""
    merged_into: CustomerId | None = None
    """Customer under which it goes on since a merge; that one may have been merged further."""
    merge_moves: int = 0
    """How many of its versions came from merges and from taking them back."""

    @property
    def own_version(self) -> int:
        """The version without what merges made of it: as it was before, once each of them is taken back."""
        return self.version - self.merge_moves

    def require_version(self, seen: int) -> None:
        """Refuses a change by somebody who saw an older version.

        Raises:
            Stale: with the present version.
        """
        if seen != self.version:
            raise Stale("customer", self.id, self.version)

    def require_in_use(self) -> None:
        """Refuses a change of an archived customer, and of one that was merged.

        Raises:
            CustomerIsArchived: it must be restored first.
            CustomerIsMerged: another one is changed in its place.
        """
        self.require_unmerged()
        if self.is_archived:
            raise CustomerIsArchived(self.id)

    def require_unmerged(self) -> None:
        """Refuses a change of a customer that was merged.

        Raises:
            CustomerIsMerged: another one is changed in its place.
        """
        if self.merged_into is not None:
            raise CustomerIsMerged(self.id, self.merged_into)

    def edited(self, profile: CustomerProfile, completeness: Completeness, at: datetime) -> "Customer":
        """The customer with another profile.

        Raises:
            CustomerIsArchived: it must be restored first.
            CustomerIsMerged: another one is changed in its place.
        """
        self.require_in_use()
        return self._moved(replace(self, profile=profile, completeness=completeness), at)

    def assigned(self, owner: CustomerOwner, at: datetime) -> "Customer":
        """The customer in other hands.

        Raises:
            CustomerIsArchived: it must be restored first.
            CustomerIsMerged: another one is changed in its place.
        """
        self.require_in_use()
        return self._moved(replace(self, owner=owner), at)

    def archived(self, at: datetime) -> "Customer":
        """The customer out of daily use.

        Raises:
            CustomerIsMerged: another one is changed in its place.
        """
        self.require_unmerged()
        return self._moved(replace(self, is_archived=True), at)

    def restored(self, at: datetime) -> "Customer":
        """The customer back in use. Errors as for `archived`."""
        self.require_unmerged()
        return self._moved(replace(self, is_archived=False), at)

    def with_contacts_changed(self, completeness: Completeness, at: datetime) -> "Customer":
        """The customer after a change of one of its contacts: always a new version, so that events keep their order.

        Raises:
            CustomerIsArchived: it must be restored first.
            CustomerIsMerged: another one is changed in its place.
        """
        self.require_in_use()
        return replace(self, completeness=completeness, version=self.version + 1, updated_at=at)

    def with_contact_at_survivor(self, at: datetime) -> "Customer":
        """The customer after a contact was made at it that stands with its survivor."""
        return replace(self, version=self.version + 1, updated_at=at)

    def _moved(self, after: "Customer", at: datetime) -> "Customer":
        return self if after == self else replace(after, version=self.version + 1, updated_at=at)
