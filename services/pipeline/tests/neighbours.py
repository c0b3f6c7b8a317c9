"""The router and the customer master in memory, as conversions see them; any call may fail before or after it acts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chassis.errors import AlreadyExists, Invalid, NotFound, Violation
from chassis.ids import PersonId
from pipeline.application.conversion_ports import CustomerVerdict, KnownCustomer, LeadDossier, MatchOutcome
from pipeline.domain.conversion import Conversion
from pipeline.domain.errors import CustomerIsArchived, LeadStateForbids
from pipeline.domain.ids import ContactId, CustomerId, LeadId, OpportunityId

from .builders import ANNA, CUSTOMER, LEAD, NORTH


class Killed(BaseException):
    """The process is gone, as by SIGKILL: nothing after this point happens."""


@dataclass
class Trouble:
    """What goes wrong at the next calls: (where, fault), taken one per call and place; None for nothing."""

    plan: list[tuple[str, BaseException] | None] = field(default_factory=list)

    async def begin(self) -> tuple[str, BaseException] | None:
        """The trouble of one call, before which it may raise. Others go on meanwhile."""
        await asyncio.sleep(0)
        now = self.plan.pop(0) if self.plan else None
        if now is not None and now[0] == "before":
            raise now[1]
        return now

    @staticmethod
    def end(now: tuple[str, BaseException] | None) -> None:
        """The effect has happened; the caller may never hear of it."""
        if now is not None:
            raise now[1]


@dataclass
class InMemoryRouter:
    """Leads by id, and into what they were converted."""

    trouble: Trouble = field(default_factory=Trouble)
    leads: dict[LeadId, LeadDossier] = field(default_factory=dict)
    converted_into: dict[LeadId, OpportunityId] = field(default_factory=dict)

    async def get(self, lead_id: LeadId) -> LeadDossier:
        now = await self.trouble.begin()
        self.trouble.end(now)
        return self._lead(lead_id)

    async def mark_converted(self, lead_id: LeadId, customer_id: CustomerId, opportunity_id: OpportunityId) -> None:
        now = await self.trouble.begin()
        lead = self._lead(lead_id)
        if self.converted_into.get(lead_id) != opportunity_id:
            if lead.state != "assigned":
                raise LeadStateForbids(lead_id, lead.state, "convert")
            self.leads[lead_id] = replace(lead, state="converted")
            self.converted_into[lead_id] = opportunity_id
        self.trouble.end(now)

    async def undo_conversion(self, lead_id: LeadId, opportunity_id: OpportunityId) -> None:
        now = await self.trouble.begin()
        lead = self._lead(lead_id)
        if self.converted_into.get(lead_id) == opportunity_id:
            self.leads[lead_id] = replace(lead, state="assigned")
            del self.converted_into[lead_id]
        self.trouble.end(now)

    def end(self, lead_id: LeadId, state: str) -> None:
        """The lead is closed or erased."""
        self.leads[lead_id] = replace(self.leads[lead_id], state=state)
        self.converted_into.pop(lead_id, None)

    def _lead(self, lead_id: LeadId) -> LeadDossier:
        if lead_id not in self.leads:
            raise NotFound("lead", lead_id)
        return self.leads[lead_id]


@dataclass
class MasterRecord:
    """A customer with the versions of its contacts."""

    known: KnownCustomer
    credit_code: str = ""
    pain_points: str = ""
    version: int = 1
    contacts: dict[ContactId, tuple[str, int]] = field(default_factory=dict)
    """Those that were made here, by id: the phone, and the version; 0 for an archived one."""
    merged_into: CustomerId | None = None


@dataclass
class InMemoryMaster:
    """Customers by id. Who is like whom is said by `verdict`."""

    trouble: Trouble = field(default_factory=Trouble)
    customers: dict[CustomerId, MasterRecord] = field(default_factory=dict)
    verdict: MatchOutcome = MatchOutcome.NEW

    async def get(self, customer_id: CustomerId) -> KnownCustomer:
        now = await self.trouble.begin()
        self.trouble.end(now)
        if customer_id not in self.customers:
            raise NotFound("customer", customer_id)
        return self.survivor_of(customer_id).known

    async def match(self, dossier: LeadDossier) -> CustomerVerdict:
        now = await self.trouble.begin()
        self.trouble.end(now)
        if self.verdict is MatchOutcome.NEW:
            return CustomerVerdict(self.verdict)
        found = [record.known for record in self.customers.values() if record.merged_into is None]
        return CustomerVerdict(self.verdict, found)

    async def keep_customer(
        self, customer_id: CustomerId, dossier: LeadDossier, *, name: str, owner_id: PersonId, pain_points: str
    ) -> None:
        now = await self.trouble.begin()
        if customer_id not in self.customers:
            if len(name) < 2:
                raise Invalid([Violation("profile.name", "string.min_len", "must be at least 2 characters")])
            taken = [one for one, record in self.customers.items() if record.credit_code == dossier.credit_code != ""]
            if taken:
                raise AlreadyExists("customer", taken[0])
            known = KnownCustomer(customer_id, name, owner_id, dossier.team_id, is_archived=False)
            self.customers[customer_id] = MasterRecord(known, dossier.credit_code, pain_points)
        self.trouble.end(now)

    async def keep_contact(self, customer_id: CustomerId, contact_id: ContactId, dossier: LeadDossier) -> ContactId:
        now = await self.trouble.begin()
        record = self.customers.get(customer_id)
        if record is None:
            raise NotFound("customer", customer_id)
        survivor = self.survivor_of(customer_id)
        if survivor.known.is_archived:
            raise CustomerIsArchived(survivor.known.id)
        known = {one: found for each in self.family_of(customer_id) for one, found in each.contacts.items()}
        same = [one for one, (phone, version) in known.items() if version and phone == dossier.phone != ""]
        kept = contact_id if contact_id in known or not same else same[0]
        if kept not in known:
            record.contacts[kept] = (dossier.phone, 1)
            record.version += 1
            survivor.version += survivor is not record
        self.trouble.end(now)
        return kept

    async def take_back(self, conversion: Conversion, *, only_look: bool = False) -> Sequence[str]:
        now = await self.trouble.begin()
        record = self.customers.get(conversion.customer_id)
        added = self._added(record, conversion) if record else []
        if record and not added and not only_look and not self.survivor_of(record.known.id).known.is_archived:
            contact_id = conversion.made_contact_id
            for each in self.family_of(record.known.id):
                if contact_id in each.contacts:
                    each.contacts[contact_id] = (each.contacts[contact_id][0], 0)
            if conversion.customer_version:
                self.archive(conversion.customer_id)
        self.trouble.end(now)
        return added

    def archive(self, customer_id: CustomerId) -> None:
        """Takes a customer out of use."""
        record = self.customers[customer_id]
        record.known = replace(record.known, is_archived=True)

    def touch(self, customer_id: CustomerId) -> None:
        """Somebody changes the customer."""
        self.customers[customer_id].version += 1

    def survivor_of(self, customer_id: CustomerId) -> MasterRecord:
        """The record under which a customer goes on."""
        record = self.customers[customer_id]
        return record if record.merged_into is None else self.survivor_of(record.merged_into)

    def family_of(self, customer_id: CustomerId) -> list[MasterRecord]:
        """All that stand under the same survivor."""
        survivor = self.survivor_of(customer_id)
        return [each for one, each in self.customers.items() if self.survivor_of(one) is survivor]

    def _added(self, record: MasterRecord, conversion: Conversion) -> list[str]:
        if not conversion.customer_version:
            return []
        if len(self.family_of(record.known.id)) > 1:
            return ["customer.merged"]
        if record.known.is_archived:
            return []
        return ["customer.changed"] if record.version != conversion.customer_version else []


def a_lead(**fields: object) -> LeadDossier:
    """A lead of Anna's, of a hospital that names somebody."""
    usual: dict[str, object] = {
        "lead_id": LEAD,
        "state": "assigned",
        "owner_id": ANNA,
        "team_id": NORTH,
        "product_line": "imaging",
        "company": "杭州启明医院",
        "person": "王强",
        "phone": "13490001234",
        "source": "expo",
    }
    return LeadDossier(**usual | fields)  # type: ignore[arg-type]  # the fields are those of the class


def a_customer(**fields: object) -> MasterRecord:
    """The customer `CUSTOMER`, of Anna's."""
    usual: dict[str, object] = {
        "id": CUSTOMER,
        "name": "杭州恒昌医院",
        "owner_id": ANNA,
        "team_id": NORTH,
        "is_archived": False,
    }
    return MasterRecord(KnownCustomer(**usual | fields))  # type: ignore[arg-type]  # as above
