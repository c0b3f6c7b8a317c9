"""Emits the present state of the directory and of customers, for a consumer that starts without history."""

from collections.abc import Mapping

from chassis.database import Transaction
from chassis.service import Snapshot
from collab.adapters.kafka.customer_events import CUSTOMER
from collab.adapters.kafka.events import CALENDAR, PERSON, TEAM, TENANT, CollabOutbox
from collab.adapters.kafka.task_events import TASK
from collab.adapters.postgres.calendars import PostgresCalendars
from collab.adapters.postgres.customer_contacts import PostgresContacts
from collab.adapters.postgres.customers import PostgresCustomers
from collab.adapters.postgres.people import PostgresPeople
from collab.adapters.postgres.tasks import PostgresTasks
from collab.adapters.postgres.teams import PostgresTeams
from collab.adapters.postgres.tenants import PostgresTenants
from collab.domain.customer_events import CustomerChanged, CustomerContactChanged
from collab.domain.events import CalendarChanged, PersonChanged, TeamChanged, TenantChanged
from collab.domain.task_events import TaskChanged

_AT_ONCE = 500


async def _tenant(transaction: Transaction, after: str) -> str:
    tenant = None if after else await PostgresTenants(transaction).get()
    if tenant is None:
        return ""
    CollabOutbox(transaction.outbox).append(TenantChanged(tenant))
    return tenant.id


async def _teams(transaction: Transaction, after: str) -> str:
    outbox = CollabOutbox(transaction.outbox)
    teams = await PostgresTeams(transaction).after(after, _AT_ONCE)
    for team in teams:
        outbox.append(TeamChanged(team))
    return teams[-1].id if teams else ""


async def _people(transaction: Transaction, after: str) -> str:
    outbox = CollabOutbox(transaction.outbox)
    people = await PostgresPeople(transaction).after(after, _AT_ONCE)
    for person in people:
        outbox.append(PersonChanged(person))
    return people[-1].id if people else ""


async def _calendar(transaction: Transaction, after: str) -> str:
    calendar = None if after else await PostgresCalendars(transaction).get()
    if calendar is None:
        return ""
    CollabOutbox(transaction.outbox).append(CalendarChanged(transaction.tenant_id, calendar))
    return transaction.tenant_id


async def _customers(transaction: Transaction, after: str) -> str:
    outbox = CollabOutbox(transaction.outbox)
    customers = {customer.id: customer for customer in await PostgresCustomers(transaction).after(after, _AT_ONCE)}
    for customer in customers.values():
        outbox.append(CustomerChanged(customer))
    for contact in await PostgresContacts(transaction).of(list(customers)):
        outbox.append(CustomerContactChanged(customers[contact.customer_id], contact))
    return list(customers)[-1] if customers else ""


async def _tasks(transaction: Transaction, after: str) -> str:
    tasks = await PostgresTasks(transaction).after(after, _AT_ONCE)
    outbox = CollabOutbox(transaction.outbox)
    for task in tasks:
        outbox.append(TaskChanged(task))
    return tasks[-1].id if tasks else ""


SNAPSHOTS: Mapping[str, Snapshot] = {
    TENANT: _tenant,
    TEAM: _teams,
    PERSON: _people,
    CALENDAR: _calendar,
    CUSTOMER: _customers,
    TASK: _tasks,
}
"""By aggregate."""
