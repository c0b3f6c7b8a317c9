"""Telling whether two records are one customer: normal forms, blocking keys, scores with reasons, decisions.

Pure: no input or output, no look-ups. The way through it:

    prepared = normalise(Identity(company="深圳市恒昌信息技术有限公司", phones=("0755-22223333",)))
    locks = buckets(lock_keys(prepared), tenant)         # held before candidates are looked up
    numbers = [key.number for key in blocking_keys(prepared)]
    verdict = decide(prepared, candidates)               # join, suggest or new, each with its reasons
"""

from matching.company_name import CompanyName
from matching.context import NOTHING_KNOWN, Counts, MatchContext
from matching.decision import Candidate, JoinRule, LeadMatch, LinkKind, Outcome, Verdict, decide
from matching.identity import NORM_VERSION, Identity, IntakeWarning, NormalisedIdentity, normalise
from matching.keys import (
    BUCKET_BASE,
    BUCKETS,
    Key,
    KeyKind,
    alias_keys,
    blocking_keys,
    buckets,
    fuzzy_keys,
    lock_keys,
    strong_keys,
)
from matching.mailbox import DEFAULT_MAIL_POLICY, Mailbox, MailPolicy, normalise_email
from matching.person import Person, normalise_person
from matching.phone import Phone, PhoneKind, normalise_phone
from matching.points import DEFAULT_POINTS, Points, ReasonCode
from matching.scoring import Comparison, Reason, compare

__all__ = [
    "BUCKETS",
    "BUCKET_BASE",
    "DEFAULT_MAIL_POLICY",
    "DEFAULT_POINTS",
    "NORM_VERSION",
    "NOTHING_KNOWN",
    "Candidate",
    "CompanyName",
    "Comparison",
    "Counts",
    "Identity",
    "IntakeWarning",
    "JoinRule",
    "Key",
    "KeyKind",
    "LeadMatch",
    "LinkKind",
    "MailPolicy",
    "Mailbox",
    "MatchContext",
    "NormalisedIdentity",
    "Outcome",
    "Person",
    "Phone",
    "PhoneKind",
    "Points",
    "Reason",
    "ReasonCode",
    "Verdict",
    "alias_keys",
    "blocking_keys",
    "buckets",
    "compare",
    "decide",
    "fuzzy_keys",
    "lock_keys",
    "normalise",
    "normalise_email",
    "normalise_person",
    "normalise_phone",
    "strong_keys",
]
