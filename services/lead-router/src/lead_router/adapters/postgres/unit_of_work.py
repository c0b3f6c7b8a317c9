"""What one transaction offers to the use cases."""

from typing import TypeVar

from chassis.database import Transaction
from lead_router.adapters.kafka.duplicate_events import LeadDuplicateOutbox
from lead_router.adapters.kafka.events import LeadOutbox
from lead_router.adapters.postgres.decisions import PostgresDecisions
from lead_router.adapters.postgres.identities import PostgresIdentities
from lead_router.adapters.postgres.imports import PostgresImports
from lead_router.adapters.postgres.lead_counts import PostgresLeadCounts
from lead_router.adapters.postgres.lead_duplicates import PostgresLeadDuplicates
from lead_router.adapters.postgres.lead_models import PostgresLeadModels
from lead_router.adapters.postgres.lead_search import PostgresLeadSearch
from lead_router.adapters.postgres.leads import PostgresLeads
from lead_router.adapters.postgres.offers import PostgresOffers
from lead_router.adapters.postgres.policies import PostgresPolicies
from lead_router.adapters.postgres.pools import PostgresPools
from lead_router.adapters.postgres.raw_leads import PostgresRawLeads
from lead_router.adapters.postgres.reps import PostgresReps
from lead_router.adapters.postgres.response_times import PostgresResponseTimes
from lead_router.adapters.postgres.signals import PostgresSignals

R = TypeVar("R")


class PostgresWork:
    """One transaction with the service's repositories on it."""

    def __init__(self, transaction: Transaction) -> None:
        self.tenant_id = transaction.tenant_id
        self.now = transaction.now
        self.leads = PostgresLeads(transaction)
        self.lead_search = PostgresLeadSearch(transaction)
        self.identities = PostgresIdentities(transaction)
        self.reps = PostgresReps(transaction)
        self.decisions = PostgresDecisions(transaction)
        self.policies = PostgresPolicies(transaction)
        self.imports = PostgresImports(transaction)
        self.response_times = PostgresResponseTimes(transaction)
        self.lead_models = PostgresLeadModels(transaction)
        self.outbox = LeadOutbox(transaction)
        self.pools = PostgresPools(transaction)
        self.offers = PostgresOffers(transaction)
        self.lead_counts = PostgresLeadCounts(transaction)
        self.duplicates = PostgresLeadDuplicates(transaction)
        self.duplicate_outbox = LeadDuplicateOutbox(transaction.outbox)
        self.raw_leads = PostgresRawLeads(transaction)
        self.signals = PostgresSignals(transaction)
        self.timers = transaction.timers
        self.audit = transaction.audit
        self._answers = transaction.answers

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        return await self._answers.remember(result)
