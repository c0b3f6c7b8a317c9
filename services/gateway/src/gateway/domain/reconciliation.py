"""What is compared between services, and what counts as a difference. Pure: asking is the application's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

COLLAB, LEAD_ROUTER, PIPELINE, SCORING = "collab", "lead-router", "pipeline", "scoring"
EVERY_SERVICE = (COLLAB, "gateway", LEAD_ROUTER, PIPELINE, SCORING)

Facts = tuple[str, ...]
Records = Mapping[str, Facts]
"""Facts by id."""


class Code(StrEnum):
    """What is compared; the words of the contract's enum."""

    RECEIVED_LEADS = "received_leads"
    CONVERTED_LEADS = "converted_leads"
    LEAD_OWNERS = "lead_owners"
    OPPORTUNITY_OWNERS = "opportunity_owners"
    CUSTOMER_OWNERS = "customer_owners"
    CUSTOMER_MERGES = "customer_merges"
    OPPORTUNITY_CUSTOMERS = "opportunity_customers"
    FOLLOW_UP_CUSTOMERS = "follow_up_customers"
    CONVERSION_CUSTOMERS = "conversion_customers"
    CONVERSION_CONTACTS = "conversion_contacts"
    TENANTS = "tenants"
    TEAMS = "teams"
    PEOPLE = "people"
    CALENDARS = "calendars"


class DifferenceKind(StrEnum):
    """How two records differ."""

    MISSING_IN_COPY = "missing_in_copy"
    MISSING_AT_OWNER = "missing_at_owner"
    UNLIKE = "unlike"


class RemedyKind(StrEnum):
    """What to do about differences, in the order in which it is tried."""

    REPLAY_DEAD_LETTERS = "replay_dead_letters"
    REPUBLISH_EVENTS = "republish_events"
    SNAPSHOT_EVENTS = "snapshot_events"
    LOOK_AT_RECORDS = "look_at_records"


@dataclass(frozen=True, slots=True)
class Place:
    """A set of records in a service."""

    service: str
    record_set: str


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: the copy has what the owner has, or refers only to what the owner has."""

    code: Code
    owner: Place
    copy: Place
    facts: tuple[str, ...] = ()
    """Names of the compared facts, in the order of both sets."""
    is_reference: bool = False
    """Whether the copy only refers to some of the owner's records."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many records there are whose ids end in the same digits, and their digest."""

    records: int
    digest: int


@dataclass(frozen=True, slots=True)
class Told:
    """An event about a record."""

    event_id: str
    type: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Some records of a place at one moment, and what is under way about them."""

    records: Records
    told: Sequence[Told] = ()
    """Events that the service has told of them lately."""
    moving: frozenset[str] = frozenset()
    """Those that a process or an event that was not taken yet is about to change."""
    parked: frozenset[str] = frozenset()
    """Those of which an event is parked."""
    aggregate: str = ""
    consumer: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A record in which two services differ."""

    tenant_id: str
    record_id: str
    kind: DifferenceKind
    facts: tuple[str, ...] = ()
    """Those that are unlike."""
    is_parked: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something to do."""

    kind: RemedyKind
    service: str
    consumer: str = ""
    aggregate: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found in one tenant, or in several."""

    check: Check
    owner_records: int = 0
    copy_records: int = 0
    differences: int = 0
    has_more: bool = False
    examples: tuple[Difference, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    unanswered: str = ""
    """Service that did not answer."""

    def with_more(self, other: Finding, most_examples: int) -> Finding:
        """Both together, of the same check."""
        return Finding(
            self.check,
            self.owner_records + other.owner_records,
            self.copy_records + other.copy_records,
            self.differences + other.differences,
            self.has_more or other.has_more,
            (*self.examples, *other.examples)[:most_examples],
            tuple(sorted({*self.remedies, *other.remedies}, key=_order)),
            self.unanswered or other.unanswered,
        )


@dataclass(slots=True)
class Comparison:
    """What the records of one check that seemed to differ came to."""

    check: Check
    tenant_id: str
    differences: list[Difference] = field(default_factory=list)
    _aggregate: str = ""
    _consumer: str = ""

    def judge(self, ids: Iterable[str], before: Reading, copy: Reading, after: Reading) -> None:
        """Adds those that differ at rest.

        A record counts where nothing about it is under way and the owner had the same before and after the copy was
        read: then the copy had taken all that the owner had told, and is unlike it all the same.

        Args:
            ids: records that seemed to differ.
            before: the owner's, and the events that it told of them.
            copy: the copy's, with those moving whose events it has not taken.
            after: the owner's again.
        """
        self._aggregate, self._consumer = before.aggregate, copy.consumer
        for record_id in ids:
            had, has, kept = (reading.records.get(record_id) for reading in (before, after, copy))
            if had != has or record_id in before.moving or record_id in copy.moving:
                continue
            if (kind := self._kind(had, kept)) is not None:
                unlike = self._unlike(had, kept)
                parked = record_id in copy.parked
                self.differences.append(Difference(self.tenant_id, record_id, kind, unlike, parked))

    def _kind(self, owned: Facts | None, kept: Facts | None) -> DifferenceKind | None:
        if owned == kept:
            return None
        if owned is None:
            return DifferenceKind.MISSING_AT_OWNER
        if self.check.is_reference:
            return None
        return DifferenceKind.MISSING_IN_COPY if kept is None else DifferenceKind.UNLIKE

    def _unlike(self, owned: Facts | None, kept: Facts | None) -> tuple[str, ...]:
        if owned is None or kept is None:
            return ()
        return tuple(name for name, mine, theirs in zip(self.check.facts, owned, kept, strict=True) if mine != theirs)

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What to do, in order; nothing where nothing differs."""
        if not self.differences:
            return ()
        owner, copy = self.check.owner.service, self.check.copy.service
        found = []
        if any(each.is_parked for each in self.differences):
            found.append(Remedy(RemedyKind.REPLAY_DEAD_LETTERS, copy, consumer=self._consumer))
        if self._aggregate and self._consumer:
            found.append(Remedy(RemedyKind.REPUBLISH_EVENTS, owner))
            found.append(Remedy(RemedyKind.SNAPSHOT_EVENTS, owner, aggregate=self._aggregate))
        return tuple(found) or (Remedy(RemedyKind.LOOK_AT_RECORDS, copy),)


def unequal(owner: Mapping[str, Bucket], copy: Mapping[str, Bucket]) -> list[str]:
    """Buckets in which the two sides are not the same, in order."""
    return sorted(name for name in owner.keys() | copy.keys() if owner.get(name) != copy.get(name))


def suspects(owner: Records, copy: Records) -> list[str]:
    """Records that seem to differ, in order."""
    return sorted(record_id for record_id in owner.keys() | copy.keys() if owner.get(record_id) != copy.get(record_id))


def _order(remedy: Remedy) -> tuple[int, str, str]:
    return list(RemedyKind).index(remedy.kind), remedy.service, remedy.consumer


_OWNER = ("owner_id", "team_id")
_STANDING = ("state", *_OWNER)


def _directory(code: Code, *facts: str) -> list[Check]:
    copies = [Place(service, f"directory_{code}") for service in EVERY_SERVICE]
    return [Check(code, Place(COLLAB, code), copy, facts) for copy in copies]


def _reference(code: Code, record_set: str) -> Check:
    return Check(code, Place(COLLAB, record_set), Place(PIPELINE, code), is_reference=True)


CHECKS: tuple[Check, ...] = (
    Check(Code.RECEIVED_LEADS, Place(LEAD_ROUTER, "received_leads"), Place(LEAD_ROUTER, "counted_leads")),
    Check(
        Code.CONVERTED_LEADS,
        Place(LEAD_ROUTER, "converted_lead_customers"),
        Place(COLLAB, "converted_leads"),
        ("customer_id",),
    ),
    Check(
        Code.CONVERTED_LEADS,
        Place(LEAD_ROUTER, "converted_leads"),
        Place(PIPELINE, "conversions"),
        ("customer_id", "opportunity_id"),
    ),
    Check(Code.LEAD_OWNERS, Place(LEAD_ROUTER, "lead_standings"), Place(PIPELINE, "lead_standings"), _STANDING),
    Check(Code.LEAD_OWNERS, Place(LEAD_ROUTER, "owned_leads"), Place(SCORING, "owned_leads"), _OWNER),
    Check(Code.OPPORTUNITY_OWNERS, Place(PIPELINE, "opportunities"), Place(SCORING, "opportunities"), _STANDING),
    Check(
        Code.CUSTOMER_OWNERS,
        Place(COLLAB, "customer_owners"),
        Place(SCORING, "customer_owners"),
        (*_OWNER, "is_in_use"),
    ),
    Check(
        Code.CUSTOMER_MERGES,
        Place(COLLAB, "customer_merges"),
        Place(PIPELINE, "customer_merges"),
        ("merged_into",),
    ),
    _reference(Code.OPPORTUNITY_CUSTOMERS, "customers"),
    _reference(Code.FOLLOW_UP_CUSTOMERS, "customers"),
    _reference(Code.CONVERSION_CUSTOMERS, "customers"),
    _reference(Code.CONVERSION_CONTACTS, "contacts"),
    *_directory(Code.TENANTS, "state", "zone", "currency", "locale"),
    *_directory(Code.TEAMS, "parent_team_id", "leader_id", "kind"),
    *_directory(Code.PEOPLE, "subject", "team_id", "supervisor_id", "roles", "is_active"),
    *_directory(Code.CALENDARS, "version"),
)
"""All of them, in the order in which they are told."""
