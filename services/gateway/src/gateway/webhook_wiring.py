"""How webhooks are put together: events into queues, queues to receivers, and the service that people steer them by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from chassis.every_tenant import for_every_tenant
from chassis.retention import tenants_of
from chassis.rounds import Rounds
from chassis.runtime import Runtime
from chassis.service import Job
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from gateway.adapters.grpc.webhook_servicer import WebhookServicer
from gateway.adapters.kafka.event_kinds import ContractEventKinds
from gateway.adapters.kafka.webhook_events import webhook_subscription
from gateway.adapters.postgres.unit_of_work import PostgresWork
from gateway.adapters.webhooks.dispatcher import DueWebhooks, Queue, delivering, waking
from gateway.adapters.webhooks.guarded_network import GuardedNetwork
from gateway.adapters.webhooks.http_sender import HttpSender, open_pool
from gateway.adapters.webhooks.vault import Vault
from gateway.application.deliver_events import DeliverEventsHandler
from gateway.application.find_webhooks import WebhookFinder
from gateway.application.manage_webhooks import WebhookKeeper
from gateway.application.redeliver import Redeliverer
from gateway.application.take_events import TakeEventsHandler
from gateway.application.trim_deliveries import TrimDeliveriesHandler
from gateway.domain.delivery import RetryPlan
from gateway.domain.webhook_address import AddressRules
from gateway.settings import Settings
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import JsonMapper

_LOOK_EVERY_S = 15.0
_ABREAST = 16
"""How many receivers may be slow at the same time before others wait for them."""
_TRIM_EVERY_S = 300


@dataclass(frozen=True, slots=True)
class WebhookParts:
    """What the gateway runs for webhooks."""

    servicer: WebhookServicer
    subscription: Subscription
    trimming: Job
    run: Callable[[], Awaitable[None]]
    """Delivers until cancelled; part of the role `worker`."""


async def webhook_parts(runtime: Runtime[Settings], contracts: Contracts, mapper: JsonMapper) -> WebhookParts:
    """Opens the pool of connections to the outside; nothing connects before there is something to send."""
    settings, database = runtime.settings, runtime.database
    unit_of_work = UnitOfWork(database, PostgresWork)
    addresses = AddressRules(allows_loopback=settings.webhook_loopback)
    vault, kinds = Vault.read(settings.sealing_key_file), ContractEventKinds(contracts)
    pool = await runtime.stack.enter_async_context(open_pool(GuardedNetwork(addresses)))
    sender = HttpSender(vault, pool)
    look = DueWebhooks(partial(tenants_of, database), unit_of_work)
    rounds: Rounds[Queue] = Rounds(look, name="gateway.webhooks", look_every_s=_LOOK_EVERY_S, abreast=_ABREAST)
    wake = waking(rounds)
    plan = RetryPlan(settings.webhook_tries, timedelta(seconds=settings.webhook_first_pause_s))
    deliver = DeliverEventsHandler(unit_of_work, sender, plan)
    trim = for_every_tenant(database, "gateway.trim_deliveries", TrimDeliveriesHandler(unit_of_work))
    return WebhookParts(
        WebhookServicer(
            WebhookKeeper(unit_of_work, vault, kinds, addresses, wake),
            WebhookFinder(unit_of_work),
            Redeliverer(unit_of_work, sender, wake),
            kinds,
        ),
        webhook_subscription(kinds, TakeEventsHandler(unit_of_work, wake), mapper),
        Job("trim_deliveries", _TRIM_EVERY_S, trim),
        partial(rounds.run, delivering(deliver)),
    )
