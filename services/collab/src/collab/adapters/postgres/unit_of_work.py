"""What one transaction offers to the use cases."""

from collections.abc import Callable
from typing import TypeVar

from chassis.database import Transaction
from collab.adapters.kafka.events import CollabOutbox
from collab.adapters.postgres.calendars import PostgresCalendars
from collab.adapters.postgres.customer_contacts import PostgresContacts
from collab.adapters.postgres.customer_history import PostgresCustomerHistory
from collab.adapters.postgres.customer_keys import PostgresCustomerKeys
from collab.adapters.postgres.customer_merges import PostgresCustomerMerges
from collab.adapters.postgres.customer_settings import PostgresCustomerSettings
from collab.adapters.postgres.customers import PostgresCustomers
from collab.adapters.postgres.mails import PostgresMails
from collab.adapters.postgres.notifications import PostgresNotifications
from collab.adapters.postgres.people import PostgresPeople
from collab.adapters.postgres.tasks import PostgresTasks, PostgresTaskSettings
from collab.adapters.postgres.teams import PostgresTeams
from collab.adapters.postgres.tenants import PostgresTenants
from collab.adapters.postgres.timeline import PostgresTimeline
from collab.adapters.postgres.urgent_leads import PostgresUrgentLeads

R = TypeVar("R")


class PostgresWork:
    """One transaction with the service's repositories on it."""

    def __init__(self, transaction: Transaction) -> None:
        self.now = transaction.now
        self.tenant_id = transaction.tenant_id
        self.tenants = PostgresTenants(transaction)
        self.teams = PostgresTeams(transaction)
        self.people = PostgresPeople(transaction)
        self.calendars = PostgresCalendars(transaction)
        self.notifications = PostgresNotifications(transaction)
        self.mails = PostgresMails(transaction)
        self.urgent_leads = PostgresUrgentLeads(transaction)
        self.customers = PostgresCustomers(transaction)
        self.contacts = PostgresContacts(transaction)
        self.customer_merges = PostgresCustomerMerges(transaction)
        self.customer_history = PostgresCustomerHistory(transaction)
        self.customer_keys = PostgresCustomerKeys(transaction)
        self.customer_settings = PostgresCustomerSettings(transaction)
        self.timeline = PostgresTimeline(transaction)
        self.tasks = PostgresTasks(transaction)
        self.task_settings = PostgresTaskSettings(transaction)
        self.outbox = CollabOutbox(transaction.outbox)
        self.audit = transaction.audit
        self.timers = transaction.timers
        self._transaction = transaction

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back once the transaction is durable; never when it is rolled back."""
        self._transaction.after_commit(callback)

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        return await self._transaction.answers.remember(result)
