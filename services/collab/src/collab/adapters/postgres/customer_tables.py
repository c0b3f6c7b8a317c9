"""The tables of the customer master. A migration creates them; a test holds the two together."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, Uuid
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.tables import moment, tenant_column
from collab.adapters.postgres.tables import metadata

customer = Table(
    "customer",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("name", Text, nullable=False),
    Column("name_key", Text(collation="C"), nullable=False),
    Column("short_names", ARRAY(Text), nullable=False),
    Column("kind", Text, nullable=False),
    Column("credit_code", Text, nullable=False),
    Column("registered_address", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("pain_points", Text, nullable=False),
    Column("purchase_cycle", Text, nullable=False),
    Column("custom", JSONB, nullable=False),  # {name: [kind, value]}
    Column("owner_id", Uuid(as_uuid=False)),
    Column("team_id", Uuid(as_uuid=False)),
    Column("is_archived", Boolean, nullable=False),
    Column("completeness_pct", Integer, nullable=False),
    Column("missing_fields", ARRAY(Text), nullable=False),
    moment("created_at"),
    moment("updated_at"),
    Column("version", BigInteger, nullable=False),
    Column("merged_into", Uuid(as_uuid=False)),
    Column("survivor_id", Uuid(as_uuid=False)),  # the end of the chain of merges; null where it stands for itself
    Column("merge_moves", BigInteger, nullable=False, server_default="0"),
    PrimaryKey("id", name="customer_pkey"),
    Index("customer_order_idx", "tenant_id", "name_key", "id"),
    Index("customer_owner_order_idx", "tenant_id", "owner_id", "name_key", "id"),
    Index("customer_team_order_idx", "tenant_id", "team_id", "name_key", "id"),
    Index("customer_grade_order_idx", "tenant_id", "grade", "name_key", "id"),
    Index("customer_kind_order_idx", "tenant_id", "kind", "name_key", "id"),
    Index("customer_region_order_idx", "tenant_id", "region", "name_key", "id"),
    Index("customer_incomplete_order_idx", "tenant_id", "name_key", "id", postgresql_where="completeness_pct < 100"),
    Index(
        "customer_nobodys_order_idx",
        "tenant_id",
        "name_key",
        "id",
        postgresql_where="owner_id IS NULL AND team_id IS NULL",
    ),
    Index("customer_archived_order_idx", "tenant_id", "name_key", "id", postgresql_where="is_archived IS TRUE"),
    Index(
        "customer_own_credit_code_idx",
        "tenant_id",
        "credit_code",
        unique=True,
        postgresql_where="credit_code <> '' AND merged_into IS NULL",
    ),
    Index("customer_survivor_idx", "tenant_id", "survivor_id", postgresql_where="survivor_id IS NOT NULL"),
)

customer_merge = Table(
    "customer_merge",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("survivor_id", Uuid(as_uuid=False), nullable=False),
    Column("merged_id", Uuid(as_uuid=False), nullable=False),
    Column("survivor_version", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("merged_by", Text, nullable=False),
    moment("merged_at"),
    Column("changes", JSONB, nullable=False),  # {field: [before, after]}
    Column("names", JSONB, nullable=False),  # [before, after, brought]
    moment("undone_at", nullable=True),
    Column("undone_by", Text, nullable=False),
    Column("undo_reason", Text, nullable=False),
    PrimaryKey("id", name="customer_merge_pkey"),
    Index("customer_merge_survivor_idx", "tenant_id", "survivor_id", "id"),
    Index("customer_merge_merged_idx", "tenant_id", "merged_id", "id"),
    Index("customer_merge_in_force_idx", "tenant_id", "merged_id", unique=True, postgresql_where="undone_at IS NULL"),
)

customer_version = Table(
    "customer_version",
    metadata,
    tenant_column(),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("version", BigInteger, nullable=False),
    moment("recorded_at"),
    Column("actor", Text, nullable=False),
    Column("document", JSONB, nullable=False),  # the customer's row as JSON
    PrimaryKey("tenant_id", "customer_id", "version", name="customer_version_pkey"),
)

customer_settings = Table(
    "customer_settings",
    metadata,
    tenant_column(),
    Column("key_fields", ARRAY(Text), nullable=False),
    Column("grades", JSONB, nullable=False),  # [[code, name]], the best first
    Column("target_pct", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKey("tenant_id", name="customer_settings_pkey"),
)

customer_contact = Table(
    "customer_contact",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("name", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("decision_role", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("attitude", Text, nullable=False),
    Column("reports_to", Uuid(as_uuid=False)),
    Column("is_archived", Boolean, nullable=False),
    moment("created_at"),
    moment("updated_at"),
    Column("version", BigInteger, nullable=False),
    Column("origin_id", Uuid(as_uuid=False)),  # where it was made; null where that is its customer
    Column("merge_moves", BigInteger, nullable=False, server_default="0"),
    PrimaryKey("id", name="customer_contact_pkey"),
    Index("customer_contact_customer_idx", "tenant_id", "customer_id", "id"),
)

customer_key = Table(
    "customer_key",
    metadata,
    tenant_column(),
    Column("key", BigInteger, nullable=False),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    PrimaryKey("tenant_id", "key", "customer_id", name="customer_key_pkey"),
    Index("customer_key_customer_idx", "tenant_id", "customer_id"),
)

customer_search_key = Table(
    "customer_search_key",
    metadata,
    tenant_column(),
    Column("key", Text(collation="C"), nullable=False),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    PrimaryKey("tenant_id", "key", "customer_id", name="customer_search_key_pkey"),
    Index("customer_search_key_customer_idx", "tenant_id", "customer_id"),
)

customer_contact_search_key = Table(
    "customer_contact_search_key",
    metadata,
    tenant_column(),
    Column("key", Text(collation="C"), nullable=False),
    Column("contact_id", Uuid(as_uuid=False), nullable=False),
    # Beside the key, so that nothing lies between the index and the customer, which decides who sees what.
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    PrimaryKey("tenant_id", "key", "contact_id", name="customer_contact_search_key_pkey"),
    Index("customer_contact_search_key_contact_idx", "tenant_id", "contact_id"),
    Index("customer_contact_search_key_customer_idx", "tenant_id", "customer_id"),
)
