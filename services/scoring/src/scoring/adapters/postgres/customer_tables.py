"""The tables of what is known of customers. Migrations create them; a test holds the two together."""

from sqlalchemy import BigInteger, Boolean, Column, PrimaryKeyConstraint, SmallInteger, Table, Text, Uuid

from chassis.tables import moment, tenant_column
from scoring.adapters.postgres.tables import metadata

# How each customer stood at each version that a fact told of. A version may be told again, later.
customer_standing = Table(
    "customer_standing",
    metadata,
    tenant_column(),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("version", BigInteger, nullable=False),
    moment("recorded_at"),
    Column("owner_id", Uuid(as_uuid=False)),
    Column("team_id", Uuid(as_uuid=False)),
    Column("source", Text),
    Column("region", Text),
    Column("is_archived", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant_id", "customer_id", "version", "recorded_at", name="customer_standing_pkey"),
)

# Its completeness, which also facts of its contacts tell, and a change of the key fields without a new version.
customer_completeness = Table(
    "customer_completeness",
    metadata,
    tenant_column(),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("version", BigInteger, nullable=False),
    moment("recorded_at"),
    Column("completeness_pct", SmallInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "customer_id", "version", "recorded_at", name="customer_completeness_pkey"),
)
