"""The metadata on which every chassis module declares its tables, and the columns that all of them share.

Each service's database holds the same chassis tables; `chassis.schema` creates them in the service's first migration.
"""

from sqlalchemy import Column, DateTime, MetaData, Uuid

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_label)s_idx",
    }
)


def tenant_column(*, primary_key: bool = False) -> Column[str]:
    """The column that row-level security looks at. Every table but the catalogued few has it."""
    return Column("tenant_id", Uuid(as_uuid=False), nullable=False, primary_key=primary_key)


def moment(name: str, *, nullable: bool = False) -> Column:  # type: ignore[type-arg]  # the value type follows nullable
    """A point in time with zone, stored as UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)
