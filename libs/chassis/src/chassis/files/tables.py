"""The tables of files. A service that has files makes them in a migration of its own; a test holds the two together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)

from chassis.schema import secure_table
from chassis.tables import moment, tenant_column

if TYPE_CHECKING:
    from alembic.operations import Operations

metadata = MetaData()
"""Apart from the chassis' own, whose tables every service has."""

file = Table(
    "file",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("announced_size", BigInteger, nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("owner_id", Uuid(as_uuid=False)),
    Column("team_id", Uuid(as_uuid=False)),
    moment("created_at"),
    Column("state", Text, nullable=False),
    Column("refusal", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("has_thumbnail", Boolean, nullable=False),
    moment("checked_at", nullable=True),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("id", name="file_pkey"),
    CheckConstraint("(state = 'refused') <= (refusal <> '')", name="file_refusal_check"),
    Index("file_tenant_id_idx", "tenant_id", "id"),
    Index("file_sha256_idx", "tenant_id", "sha256"),
)

file_reference = Table(
    "file_reference",
    metadata,
    tenant_column(),
    Column("file_id", Uuid(as_uuid=False), nullable=False),
    Column("resource", Text, nullable=False),
    moment("made_at"),
    PrimaryKeyConstraint("tenant_id", "file_id", "resource", name="file_reference_pkey"),
    Index("file_reference_resource_idx", "tenant_id", "resource", "file_id"),
)

file_link = Table(
    "file_link",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("file_id", Uuid(as_uuid=False), nullable=False),
    Column("made_by", Text, nullable=False),
    moment("made_at"),
    moment("expires_at"),
    moment("revoked_at", nullable=True),
    PrimaryKeyConstraint("id", name="file_link_pkey"),
    Index("file_link_file_idx", "tenant_id", "file_id", "id"),
)

# One row for each download that was begun; by a person or by a link.
file_download = Table(
    "file_download",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("file_id", Uuid(as_uuid=False), nullable=False),
    Column("holder", Text, nullable=False),
    Column("is_link", Boolean, nullable=False),
    moment("at"),
    PrimaryKeyConstraint("id", name="file_download_pkey"),
    Index("file_download_file_idx", "tenant_id", "file_id", "holder"),
)

file_settings = Table(
    "file_settings",
    metadata,
    tenant_column(primary_key=True),
    Column("largest_bytes", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    moment("changed_at"),
    Column("changed_by", Text, nullable=False),
    CheckConstraint("largest_bytes > 0", name="file_settings_largest_check"),
)

_RIGHTS = {
    "file": "SELECT, INSERT, UPDATE",
    "file_reference": "SELECT, INSERT, DELETE",
    "file_link": "SELECT, INSERT, UPDATE",
    "file_download": "SELECT, INSERT",
    "file_settings": "SELECT, INSERT, UPDATE",
}


def create_file_tables(op: Operations, service: str) -> None:
    """Creates the tables with their row-level security. New tables: no lock that anyone waits for."""
    for table in metadata.sorted_tables:
        table.create(op.get_bind())
        secure_table(op, service, table.name, rights=_RIGHTS[table.name])
