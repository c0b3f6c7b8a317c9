"""What a customer is recognised by: itself and what else it is called, and each person there."""

from collections.abc import Iterable

from collab.domain.contact import Contact
from collab.domain.customer_profile import CustomerProfile
from matching.identity import Identity, NormalisedIdentity, normalise
from matching.keys import alias_keys, blocking_keys


def identity_of(profile: CustomerProfile) -> NormalisedIdentity:
    """The legal unit itself in normal form."""
    return normalise(Identity(company=profile.name, credit_code=profile.credit_code, city=profile.city))


def records_of(profile: CustomerProfile, contacts: Iterable[Contact]) -> list[NormalisedIdentity]:
    """All that a record may agree with: the legal unit, its other names, its contacts in use."""
    others = [normalise(Identity(company=name)) for name in profile.short_names]
    people = [
        normalise(
            Identity(
                company=profile.name,
                person=contact.profile.name,
                phones=(contact.profile.phone,) if contact.profile.phone else (),
                email=contact.profile.email,
            )
        )
        for contact in contacts
        if not contact.is_archived
    ]
    return [identity_of(profile), *others, *people]


def match_keys(profile: CustomerProfile, contacts: Iterable[Contact]) -> frozenset[int]:
    """Numbers of the keys by which the customer is looked up; hashes, so that no phone stands in them."""
    keys = [key for record in records_of(profile, contacts) for key in blocking_keys(record)]
    keys += [key for name in profile.short_names for key in alias_keys(name)]
    return frozenset(key.number for key in keys)
