"""By what a contact is found: the name, its pinyin and initials, the phone from its beginning or by its last four."""

from collab.domain.contact import Contact
from matching.search_keys import phone_codes, search_keys


def contact_search_keys(contact: Contact) -> frozenset[str]:
    """The keys of a contact, all of them personal data; an archived one has none."""
    if contact.is_archived:
        return frozenset()
    return search_keys([contact.profile.name], *phone_codes(contact.profile.phone))
