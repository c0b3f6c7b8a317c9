"""What one transaction offers to the use cases."""

from typing import TypeVar

from chassis.database import Transaction
from scoring.adapters.kafka.events import ScoringOutbox
from scoring.adapters.kafka.model_events import LeadModelOutbox
from scoring.adapters.postgres.customers import PostgresCustomers
from scoring.adapters.postgres.known_leads import PostgresKnownLeads
from scoring.adapters.postgres.lead_funnels import PostgresLeadFunnels
from scoring.adapters.postgres.lead_models import PostgresLeadModels
from scoring.adapters.postgres.metrics import PostgresMetrics
from scoring.adapters.postgres.trainings import PostgresTrainings
from scoring.adapters.postgres.warehouse import PostgresWarehouse
from scoring.adapters.postgres.water_line_alarms import PostgresWaterLineAlarms

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
        self.customers = PostgresCustomers(transaction)
        self.metrics = PostgresMetrics(transaction)
        self.alarms = PostgresWaterLineAlarms(transaction)
        self.timers = transaction.timers
        self.outbox = ScoringOutbox(transaction.outbox)
        self.audit = transaction.audit
        self._answers = transaction.answers

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        return await self._answers.remember(result)
