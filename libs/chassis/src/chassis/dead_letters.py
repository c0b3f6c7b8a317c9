"""Events that could not be applied, parked by key so that the others go on."""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.tables import metadata, moment, tenant_column

inbox = Table(
    "inbox",
    metadata,
    tenant_column(primary_key=True),
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    moment("handled_at"),
    Index("inbox_handled_idx", "handled_at"),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid(as_uuid=False), nullable=False, unique=True),
    tenant_column(),
    Column("consumer", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("event_id", Uuid(as_uuid=False), nullable=False),
    Column("type", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("fault", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    moment("parked_at"),
    moment("next_try_at", nullable=True),
    UniqueConstraint("tenant_id", "consumer", "event_id"),
    Index("dead_letter_key_idx", "consumer", "key", "seq"),
    Index("dead_letter_due_idx", "next_try_at", postgresql_where=text("state = 'waiting'")),
)

dead_letter_unrouted = Table(
    "dead_letter_unrouted",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("consumer", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("payload", LargeBinary),
    Column("fault", Text, nullable=False),
    moment("parked_at"),
    UniqueConstraint("consumer", "topic", "partition", "position"),
)
