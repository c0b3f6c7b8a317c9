"""A tenant with two sales teams, and their customers, behind the running service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.inbox import Record
from support.databases import Database, DatabaseFactory
from support.tokens import Metadata, TokenIssuer
from throughline.collab.v1 import contact_service_pb2, customer_pb2
from throughline.collab.v1 import customer_service_pb2 as pb
from throughline.collab.v1 import directory_service_pb2 as directory_pb

from .running import Running, TenantSite, run_service

HENGCHANG = "杭州恒昌信息技术有限公司"
CREDIT_CODE = "91330100799655058B"
"""Of no company in particular, with the right check digit."""

DIRECTOR, BOSS, REP, COLLEAGUE, OTHER_BOSS, OTHER_REP, AUDITOR, LAWYER = (
    "he.jing", "wang.fang", "li.na", "zhou.jie", "zhao.lei", "sun.yan", "qian.li", "wu.min",
)  # fmt: skip
_PEOPLE = (
    ("1", DIRECTOR, "何静", "销售部", "director"),
    ("2", BOSS, "王芳", "销售一部", "supervisor"),
    ("3", REP, "李娜", "销售一部", "rep"),
    ("4", COLLEAGUE, "周杰", "销售一部", "rep"),
    ("5", OTHER_BOSS, "赵磊", "销售二部", "supervisor"),
    ("6", OTHER_REP, "孙燕", "销售二部", "rep"),
    ("7", AUDITOR, "钱丽", "合规部", "compliance"),
    ("8", LAWYER, "吴敏", "合规部", "legal"),
)

_ABOVE = {"2": "1", "3": "2", "4": "2", "5": "1", "6": "5"}
"""Numbers of direct supervisors."""


@dataclass
class SalesSite:
    """The tenant, with its people by subject; rep 李娜 acts unless somebody else is named."""

    site: TenantSite
    ids: Mapping[str, str]
    teams: Mapping[str, str]

    @property
    def running(self) -> Running:
        return self.site.running

    def by(self, subject: str) -> Metadata:
        return self.site.by(subject)

    async def create(
        self, name: str = HENGCHANG, *, by: str = REP, owner: str = "", request_id: str = "", **profile: Any
    ) -> pb.CreateCustomerResponse:
        """Makes a customer, owned by the caller or by the person with the subject `owner`."""
        request = pb.CreateCustomerRequest(
            profile=customer_pb2.CustomerProfile(name=name, **profile),
            owner_id=self.ids[owner] if owner else "",
            request_id=request_id,
        )
        answer: pb.CreateCustomerResponse = await self.running.customers.CreateCustomer(request, metadata=self.by(by))
        return answer

    async def customer(self, name: str = HENGCHANG, *, by: str = REP, **profile: Any) -> customer_pb2.Customer:
        """Makes a customer and gives it alone."""
        return (await self.create(name, by=by, **profile)).customer

    async def get(self, customer_id: str, *, by: str = REP) -> customer_pb2.Customer:
        request = pb.GetCustomerRequest(customer_id=customer_id)
        answer = await self.running.customers.GetCustomer(request, metadata=self.by(by))
        found: customer_pb2.Customer = answer.customer
        return found

    async def update(
        self, customer: customer_pb2.Customer, *paths: str, by: str = REP, **profile: Any
    ) -> customer_pb2.Customer:
        """Changes the fields given, or those of the mask where paths are given."""
        request = pb.UpdateCustomerRequest(
            customer_id=customer.customer_id,
            version=customer.version,
            profile=customer_pb2.CustomerProfile(**profile),
        )
        request.update_mask.paths.extend(paths)
        answer = await self.running.customers.UpdateCustomer(request, metadata=self.by(by))
        changed: customer_pb2.Customer = answer.customer
        return changed

    async def archive(self, customer: customer_pb2.Customer, *, by: str = REP) -> customer_pb2.Customer:
        request = pb.ArchiveCustomerRequest(customer_id=customer.customer_id, version=customer.version)
        answer = await self.running.customers.ArchiveCustomer(request, metadata=self.by(by))
        changed: customer_pb2.Customer = answer.customer
        return changed

    async def contact(
        self, customer_id: str, name: str = "张伟", *, by: str = REP, **profile: Any
    ) -> customer_pb2.Contact:
        """Adds a contact."""
        request = contact_service_pb2.CreateContactRequest(
            customer_id=customer_id, profile=customer_pb2.ContactProfile(name=name, **profile)
        )
        answer = await self.running.contacts.CreateContact(request, metadata=self.by(by))
        made: customer_pb2.Contact = answer.contact
        return made

    async def told(self) -> list[tuple[str, Record]]:
        """Events since the last look, by their short names; notices and the directory's are left out."""
        kinds = [(record.headers["ce_type"].rpartition(".")[2], record) for record in await self.running.settle()]
        return [(kind, record) for kind, record in kinds if kind.startswith("Customer")]


@dataclass(frozen=True, slots=True)
class FoundedSales:
    """The tenant as it was founded, in a frozen database."""

    database: Database
    tenant_id: str
    admin_id: str
    ids: Mapping[str, str]
    teams: Mapping[str, str]
    heard: int
    """Number of its last event that the directory has heard."""

    def opened(self, running: Running) -> SalesSite:
        """The tenant behind a service on a copy of that database."""
        running.heard = self.heard
        return SalesSite(TenantSite(running, self.tenant_id, self.admin_id), self.ids, self.teams)


async def found_sales(databases: DatabaseFactory, issuer: TokenIssuer) -> FoundedSales:
    """Makes the tenant in a database of its own, which is frozen then."""
    database = databases("collab")
    async with run_service(database, issuer) as running:
        sales = await open_sales(running)
    databases.freeze(database)
    return FoundedSales(database, sales.site.tenant_id, sales.site.admin_id, sales.ids, sales.teams, running.heard)


async def open_sales(running: Running) -> SalesSite:
    """Makes the tenant with its teams and people."""
    site = await running.a_tenant()
    teams = [
        directory_pb.TeamRow(team="销售部", kind="sales", leader_employee_no="1"),
        directory_pb.TeamRow(team="销售一部", kind="sales", parent_team="销售部", leader_employee_no="2"),
        directory_pb.TeamRow(team="销售二部", kind="sales", parent_team="销售部", leader_employee_no="5"),
        directory_pb.TeamRow(team="合规部", kind="compliance"),
    ]
    people = [
        directory_pb.PersonRow(
            employee_no=number,
            subject=subject,
            name=name,
            team=team,
            roles=[role],
            supervisor_employee_no=_ABOVE.get(number, ""),
        )
        for number, subject, name, team, role in _PEOPLE
    ]
    request = directory_pb.ImportDirectoryRequest(teams=teams, people=people)
    await running.directory.ImportDirectory(request, metadata=site.by_admin)
    await running.settle()
    listed = await running.directory.ListPeople(directory_pb.ListPeopleRequest(), metadata=site.by_admin)
    named = await running.directory.ListTeams(directory_pb.ListTeamsRequest(), metadata=site.by_admin)
    return SalesSite(
        site,
        {person.subject: person.person_id for person in listed.people},
        {team.name: team.team_id for team in named.teams},
    )
