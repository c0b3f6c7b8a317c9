"""The tables of the service. Migrations create them; a test holds the two together.

`tenant` and the tables named `directory_…` are the chassis' read copy, which this service has like every other.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint, Uuid
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint

from chassis.tables import moment, tenant_column

metadata = MetaData()

tenant_profile = Table(
    "tenant_profile",
    metadata,
    tenant_column(),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("founder_id", Uuid(as_uuid=False), nullable=False),
    Column("is_active", Boolean, nullable=False),
    moment("created_at"),
    Column("version", BigInteger, nullable=False),
    PrimaryKey("tenant_id", name="tenant_profile_pkey"),
)

team = Table(
    "team",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("name", Text, nullable=False),
    Column("name_key", Text(collation="C"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent_id", Uuid(as_uuid=False)),
    Column("leader_id", Uuid(as_uuid=False)),
    Column("version", BigInteger, nullable=False),
    PrimaryKey("id", name="team_pkey"),
    UniqueConstraint("tenant_id", "name", name="team_name_key"),
    Index("team_order_idx", "tenant_id", "name_key", "id"),
)

person = Table(
    "person",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("employee_no", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text(collation="C"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("team_id", Uuid(as_uuid=False), nullable=False),
    Column("supervisor_id", Uuid(as_uuid=False)),
    Column("roles", ARRAY(Text), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKey("id", name="person_pkey"),
    UniqueConstraint("tenant_id", "employee_no", name="person_employee_no_key"),
    # Deferred, so that two people can swap subjects in one import.
    ExcludeConstraint(
        ("tenant_id", "="),
        ("subject", "="),
        name="person_subject_excl",
        using="btree",
        where="is_active",
        deferrable=True,
        initially="DEFERRED",
    ),
    Index("person_order_idx", "tenant_id", "name_key", "id"),
)

work_calendar = Table(
    "work_calendar",
    metadata,
    tenant_column(),
    Column("hours", JSONB, nullable=False),  # [[weekday 1-7, start minute, end minute]]
    Column("days", JSONB, nullable=False),  # [["YYYY-MM-DD", "off" | "working", name]], by date
    Column("holiday_years", ARRAY(Integer), nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKey("tenant_id", name="work_calendar_pkey"),
)

notification = Table(
    "notification",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("event_id", Uuid(as_uuid=False), nullable=False),
    Column("person_id", Uuid(as_uuid=False), nullable=False),
    Column("kind", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("is_urgent", Boolean, nullable=False),
    Column("facts", JSONB, nullable=False),
    moment("occurred_at"),
    moment("read_at", nullable=True),
    Column("email_state", Text, nullable=False),  # none | pending | sent | failed
    Column("email_tries", Integer, nullable=False, server_default="0"),
    moment("email_due_at", nullable=True),  # real time; set while the e-mail is pending
    PrimaryKey("id", name="notification_pkey"),
    UniqueConstraint("tenant_id", "event_id", "person_id", name="notification_once_key"),
    # A filter in the index that gives the order is judged there: what does not fit is never fetched.
    Index("notification_person_order_idx", "tenant_id", "person_id", "occurred_at", "id", "kind"),
    Index(
        "notification_unread_order_idx",
        "tenant_id",
        "person_id",
        "occurred_at",
        "id",
        postgresql_where="read_at IS NULL",
    ),
    Index(
        "notification_unread_urgent_idx",
        "tenant_id",
        "resource",
        postgresql_where="is_urgent AND read_at IS NULL",
    ),
    Index("notification_email_idx", "tenant_id", "email_due_at", postgresql_where="email_due_at IS NOT NULL"),
)

urgent_lead = Table(
    "urgent_lead",
    metadata,
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    PrimaryKey("tenant_id", "lead_id", name="urgent_lead_pkey"),
)
