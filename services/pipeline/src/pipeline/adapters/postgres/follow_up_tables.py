"""The tables of follow-up standards and customer types. Migrations create them; a test holds the two together."""

from sqlalchemy import ARRAY, BigInteger, Column, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint, Uuid

from chassis.tables import moment, tenant_column
from pipeline.adapters.postgres.tables import metadata

follow_up_standard = Table(
    "follow_up_standard",
    metadata,
    tenant_column(),
    Column("customer_type", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("id", Uuid(as_uuid=False), nullable=False),
    Column("criteria", ARRAY(Text), nullable=False),
    Column("document_kinds", ARRAY(Text), nullable=False),
    moment("published_at"),
    Column("published_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "customer_type", "version", name="follow_up_standard_pkey"),
    UniqueConstraint("tenant_id", "id", name="follow_up_standard_id_key"),
)

# Read copy: the segment of a lead, the kind of a customer.
customer_type = Table(
    "customer_type",
    metadata,
    tenant_column(),
    Column("subject_id", Uuid(as_uuid=False), nullable=False),
    Column("customer_type", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "subject_id", name="customer_type_pkey"),
)
