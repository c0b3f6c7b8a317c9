"""What one transaction offers to the use cases."""

from typing import TypeVar

from chassis.database import Transaction
from chassis.files.postgres_files import PostgresFiles
from pipeline.adapters.kafka.events import PipelineOutbox
from pipeline.adapters.postgres.conversions import PostgresConversions
from pipeline.adapters.postgres.customer_merges import PostgresCustomerMerges
from pipeline.adapters.postgres.first_contacts import PostgresFirstContacts
from pipeline.adapters.postgres.follow_up_standards import PostgresCustomerTypes, PostgresFollowUpStandards
from pipeline.adapters.postgres.follow_ups import PostgresFollowUps
from pipeline.adapters.postgres.lead_standings import PostgresLeadStandings
from pipeline.adapters.postgres.opportunities import PostgresOpportunities
from pipeline.adapters.postgres.stage_models import PostgresStageModels
from pipeline.adapters.postgres.stage_moves import PostgresStageMoves

R = TypeVar("R")


class PostgresWork:
    """One transaction with the service's repositories on it."""

    def __init__(self, transaction: Transaction) -> None:
        self.now = transaction.now
        self.tenant_id = transaction.tenant_id
        self.follow_ups = PostgresFollowUps(transaction)
        self.leads = PostgresLeadStandings(transaction)
        self.customer_merges = PostgresCustomerMerges(transaction)
        self.stage_models = PostgresStageModels(transaction)
        self.opportunities = PostgresOpportunities(transaction)
        self.stage_moves = PostgresStageMoves(transaction)
        self.conversions = PostgresConversions(transaction)
        self.first_contacts = PostgresFirstContacts(transaction)
        self.timers = transaction.timers
        self.processes = transaction.processes
        self.follow_up_standards = PostgresFollowUpStandards(transaction)
        self.customer_types = PostgresCustomerTypes(transaction)
        self.files = PostgresFiles(transaction)
        self.outbox = PipelineOutbox(transaction.outbox)
        self.audit = transaction.audit
        self._answers = transaction.answers

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        return await self._answers.remember(result)
