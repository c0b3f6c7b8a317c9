"""What one transaction offers to the use cases."""

from collections.abc import Callable
from typing import TypeVar

from chassis.database import Transaction
from gateway.adapters.kafka.api_key_events import append_api_key_event
from gateway.adapters.kafka.webhook_events import append_webhook_event
from gateway.adapters.postgres.api_keys import PostgresApiKeys
from gateway.adapters.postgres.deliveries import PostgresDeliveries
from gateway.adapters.postgres.webhooks import PostgresWebhooks
from gateway.domain.api_key import ApiKey
from gateway.domain.webhook import Webhook

R = TypeVar("R")


class PostgresWork:
    """One transaction with the gateway's repositories on it."""

    def __init__(self, transaction: Transaction) -> None:
        self.now = transaction.now
        self.tenant_id = transaction.tenant_id
        self.webhooks = PostgresWebhooks(transaction)
        self.deliveries = PostgresDeliveries(transaction)
        self.api_keys = PostgresApiKeys(transaction)
        self.audit = transaction.audit
        self._transaction = transaction

    def tell(self, webhook: Webhook, change: str) -> None:
        """Lets the fact leave with the transaction."""
        append_webhook_event(self._transaction.outbox, webhook, change)

    def tell_of_key(self, key: ApiKey, change: str) -> None:
        """Lets the fact leave with the transaction."""
        append_api_key_event(self._transaction.outbox, key, change)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back once the transaction is durable; never when it is rolled back."""
        self._transaction.after_commit(callback)

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        return await self._transaction.answers.remember(result)
