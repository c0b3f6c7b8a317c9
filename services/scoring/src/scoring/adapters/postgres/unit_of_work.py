"""What one transaction offers to the use cases."""

from typing import TypeVar

from chassis.database import Transaction
from scoring.adapters.kafka.model_events import LeadModelOutbox
from scoring.adapters.postgres.known_leads import PostgresKnownLeads
from scoring.adapters.postgres.lead_funnels import PostgresLeadFunnels
from scoring.adapters.postgres.lead_models import PostgresLeadModels
from scoring.adapters.postgres.trainings import PostgresTrainings
from scoring.adapters.postgres.warehouse import PostgresWarehouse

R = TypeVar("R")


class PostgresWork:
    """One transaction with the service's repositories on it."""

    def __init__(self, transaction: Transaction) -> None:
        self.tenant_id = transaction.tenant_id
        self.now = transaction.now
        self.warehouse = PostgresWarehouse(transaction)
        self.funnels = PostgresLeadFunnels(transaction)
        self.known_leads = PostgresKnownLeads(transaction)
        self.trainings = PostgresTrainings(transaction)
        self.models = PostgresLeadModels(transaction)
        self.model_outbox = LeadModelOutbox(transaction.outbox, transaction.tenant_id)
        self.timers = transaction.timers
        self.audit = transaction.audit
        self._answers = transaction.answers

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        return await self._answers.remember(result)
