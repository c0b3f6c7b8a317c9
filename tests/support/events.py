"""Events without a broker: records as the relay sends them, given to a subscription's own inbox.

```python
record = an_event(LeadAssigned(lead_id=…), tenant_id, aggregate_id=…)
await deliver(database, subscription, record)        # the real inbox, in real transactions
await deliver(other_database, directory_subscription("pipeline"), *await outbox_records(collab_database))
```
"""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.message import Message
from sqlalchemy import text

from chassis.database import Database
from chassis.directory import DIRECTORY_AGGREGATES, handlers
from chassis.event_headers import headers_of, texts_of
from chassis.ids import new_id
from chassis.inbox import Inbox, Record
from chassis.outbox import topic_of
from chassis.subscription import Subscription

_ROWS = text(
    "SELECT seq, tenant_id, event_id, aggregate, aggregate_id, aggregate_version, type, payload, actor, causation_id,"
    " traceparent, occurred_at, recorded_at FROM outbox WHERE seq > :after ORDER BY seq"
)


def an_event(
    message: Message,
    tenant_id: str,
    *,
    aggregate_id: str,
    version: int = 1,
    aggregate: str = "lead",
    event_id: str | None = None,
    occurred_at: datetime | None = None,
    actor: str = "service:test",
) -> Record:
    """A record that carries the fact; `occurred_at` is now unless given."""
    at = (occurred_at or datetime.now(UTC)).isoformat()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id or new_id(),
        "ce_type": message.DESCRIPTOR.full_name,
        "ce_source": "/test",
        "ce_subject": aggregate_id,
        "ce_time": at,
        "tenant": tenant_id,
        "aggregate_version": str(version),
        "recorded_at": at,
        "actor": actor,
        "causation_id": "",
        "traceparent": "",
    }
    payload = message.SerializeToString()
    return Record(topic_of(aggregate), partition=0, offset=0, key=aggregate_id, headers=headers, payload=payload)


async def outbox_records(database: Database, after: int = 0) -> list[Record]:
    """What a service's outbox holds beyond a sequence number, in the order in which the relay sends it.

    A record's offset is its row's sequence number.
    """
    async with database.system() as connection:
        rows = (await connection.execute(_ROWS, {"after": after})).all()
    return [
        Record(
            topic_of(row.aggregate),
            0,
            row.seq,
            row.aggregate_id,
            texts_of(headers_of(row, database.service)),
            bytes(row.payload),
        )
        for row in rows
    ]


def directory_subscription(service: str) -> Subscription:
    """The subscription by which every service keeps its read copy of the directory."""
    return Subscription(f"{service}.directory", DIRECTORY_AGGREGATES, handlers())


async def deliver(database: Database, subscription: Subscription, *records: Record) -> None:
    """Applies records as the consumer does; those on topics that the subscription does not read are left out."""
    topics = set(subscription.topics)
    await Inbox(database, subscription).apply([record for record in records if record.topic in topics])
