"""E-mail addresses in one form, and what their domain and mailbox say."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from matching.words import word_list

_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]]{1,64}@(?:[^\s@<>\"(),:;.\[\]]{1,63}\.)+[^\W\d_][\w-]{1,62}")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})


@dataclass(frozen=True, slots=True)
class MailPolicy:
    """Which domains and mailboxes say little. Part of the tenant's matching policy.

    Attributes:
        free_domains: anybody can have a mailbox there, so the domain is no sign of a company.
        role_mailboxes: belong to a function (info, sales), so that sharing one is weak evidence.
    """

    free_domains: frozenset[str] = frozenset(word_list("free-mail"))
    role_mailboxes: frozenset[str] = frozenset(word_list("role-mailboxes"))


DEFAULT_MAIL_POLICY = MailPolicy()


class Mailbox(NamedTuple):
    """A canonical address.

    Attributes:
        address: lower case, without +tag; of Gmail also without dots.
        company_domain: the whole domain, "" when anybody can have a mailbox there.
        is_role: the mailbox of a function, not of a person.
    """

    address: str
    company_domain: str
    is_role: bool


def normalise_email(raw: str, policy: MailPolicy = DEFAULT_MAIL_POLICY) -> Mailbox | None:
    """Reads the first address in the text, so that `张三 <zhang@example.com>` works too; None when there is none."""
    found = _ADDRESS.search(unicodedata.normalize("NFKC", raw).lower())
    if found is None:
        return None
    local, _, domain = found[0].rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        local, domain = local.replace(".", "") or local, "gmail.com"
    company_domain = "" if domain in policy.free_domains else domain
    return Mailbox(f"{local}@{domain}", company_domain, local in policy.role_mailboxes)
