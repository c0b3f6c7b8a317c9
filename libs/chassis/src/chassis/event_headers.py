"""Events on the wire: CloudEvents 1.0 in Kafka's binary mode, with our own headers beside the `ce_` ones.

Source: CloudEvents 1.0.2 and its Kafka Protocol Binding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from google.protobuf.message import Message

from chassis.database import SqlRow
from chassis.ids import TenantId, is_id

M_co = TypeVar("M_co", bound=Message, covariant=True)
Header = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Event(Generic[M_co]):
    """A fact as a handler gets it."""

    id: str
    tenant_id: TenantId
    type: str
    """Full name of its message."""
    aggregate_id: str
    aggregate_version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    causation_id: str
    traceparent: str
    message: M_co


class Unreadable(Exception):
    """The record does not carry what every event must."""


def headers_of(row: SqlRow, service: str) -> list[Header]:
    """Headers of an outbox row."""
    texts = {
        "ce_specversion": "1.0",
        "ce_id": str(row.event_id),
        "ce_type": row.type,
        "ce_source": f"/{service}",
        "ce_subject": row.aggregate_id,
        "ce_time": _format(row.occurred_at),
        "ce_datacontenttype": "application/protobuf",
        "tenant": str(row.tenant_id),
        "aggregate_version": str(row.aggregate_version),
        "recorded_at": _format(row.recorded_at),
        "actor": row.actor,
        "causation_id": row.causation_id,
        "traceparent": row.traceparent,
    }
    return [(name, value.encode()) for name, value in texts.items()]


def texts_of(headers: Iterable[Header]) -> dict[str, str]:
    """Headers as text; later ones win; bytes that are no UTF-8 are replaced."""
    return {name: (value or b"").decode("utf-8", "replace") for name, value in headers}


def tenant_of(headers: Mapping[str, str]) -> TenantId:
    """The tenant that a record belongs to.

    Raises:
        Unreadable: it names none, or no event id; it can be parked under no tenant then.
    """
    tenant, event_id = headers.get("tenant", ""), headers.get("ce_id", "")
    if not is_id(tenant) or not is_id(event_id):
        raise Unreadable("no readable tenant and event id")
    return TenantId(tenant)


def event_of(headers: Mapping[str, str], message: Message) -> Event[Message]:
    """An event from its headers and its decoded message.

    Raises:
        Unreadable: a header is missing or malformed.
    """
    try:
        return Event(
            id=headers["ce_id"],
            tenant_id=tenant_of(headers),
            type=headers["ce_type"],
            aggregate_id=headers["ce_subject"],
            aggregate_version=int(headers["aggregate_version"]),
            occurred_at=datetime.fromisoformat(headers["ce_time"]),
            recorded_at=datetime.fromisoformat(headers["recorded_at"]),
            actor=headers["actor"],
            causation_id=headers["causation_id"],
            traceparent=headers["traceparent"],
            message=message,
        )
    except (KeyError, ValueError) as error:
        raise Unreadable(f"header {error}") from error


def _format(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
