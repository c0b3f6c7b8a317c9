"""Tables of the directory's read copy, which every service keeps from the events of its owner."""

from sqlalchemy import BigInteger, Boolean, Column, Index, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.tables import metadata, tenant_column

tenant = Table(
    "tenant",
    metadata,
    tenant_column(primary_key=True),
    Column("state", Text, nullable=False),  # active | closed; read across tenants by the system role
    Column("zone", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

directory_team = Table(
    "directory_team",
    metadata,
    tenant_column(),
    Column("team_id", Uuid(as_uuid=False), nullable=False),
    Column("parent_team_id", Uuid(as_uuid=False)),
    Column("leader_id", Uuid(as_uuid=False)),
    Column("kind", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "team_id"),
)

directory_person = Table(
    "directory_person",
    metadata,
    tenant_column(),
    Column("person_id", Uuid(as_uuid=False), nullable=False),
    Column("subject", Text, nullable=False),
    Column("team_id", Uuid(as_uuid=False)),
    Column("supervisor_id", Uuid(as_uuid=False)),
    Column("roles", ARRAY(Text), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "person_id"),
)
# Not unique: two people who swap subjects arrive as two events, one before the other.
Index("directory_person_subject_idx", directory_person.c.tenant_id, directory_person.c.subject)

directory_calendar = Table(
    "directory_calendar",
    metadata,
    tenant_column(primary_key=True),
    Column("hours", JSONB, nullable=False),  # [{"weekday": 1-7, "start_minute", "end_minute"}]
    Column("days", JSONB, nullable=False),  # {"YYYY-MM-DD": "off" | "working"}
    Column("version", BigInteger, nullable=False),
)

directory_revision = Table(
    "directory_revision",
    metadata,
    tenant_column(primary_key=True),
    # Rises with every change of any row above, so that a reader asks for one number to learn whether its copy is old.
    Column("revision", BigInteger, nullable=False),
)
