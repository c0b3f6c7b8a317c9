"""What one transaction offers to the use cases."""

from chassis.database import Transaction
from scoring.adapters.postgres.lead_funnels import PostgresLeadFunnels
from scoring.adapters.postgres.warehouse import PostgresWarehouse


class PostgresWork:
    """One transaction with the service's repositories on it."""

    def __init__(self, transaction: Transaction) -> None:
        self.now = transaction.now
        self.warehouse = PostgresWarehouse(transaction)
        self.funnels = PostgresLeadFunnels(transaction)
