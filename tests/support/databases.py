"""Databases for tests: migrated once for the run, cloned for each test in tens of milliseconds, dropped after it."""

from __future__ import annotations

import importlib
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from embedded.postgres import PostgresServer
from support.shared import Record, SharedFolder
from support.sql import BlockingConnection

Migrate = Callable[["Database"], None]
"""Brings an empty database, given with its addresses, to the newest schema."""

Provision = Callable[..., Coroutine[Any, Any, None]]
"""Makes a service's roles and empty database; called as `chassis.provision.provision` is."""

_MIGRATION_TIMEOUT_S = 120
# A service reads all its settings at once; of these, a migration uses none.
_MIGRATION_SETTINGS = {
    "ENVIRONMENT": "development",
    "KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "GRPC_LISTEN": "127.0.0.1:1",
    "OBJECTS_URL": "file:///nowhere",
    "FILE_TICKET_KEY": "migrations sign nothing with this key",
    "HTTP_LISTEN": "127.0.0.1:1",
    "PUBLIC_URL": "http://127.0.0.1:1",
    "ISSUERS": '[{"issuer": "unused", "jwks_url": "http://127.0.0.1:1/jwks"}]',
    "CLIENT_ID": "unused",
    "CLIENT_SECRET": "unused",
    "TOKEN_URL": "http://127.0.0.1:1/token",
}


@dataclass(frozen=True, slots=True)
class Database:
    """One database and the addresses of those who may use it.

    Attributes:
        service: whose schema it has, by import name, such as "pipeline".
        name: of the database itself.
        owner_dsn, login_dsn, superuser_dsn: plain `postgresql://…`, for asyncpg and libpq. The login has no rights
            before it sets a role; the superuser sees through row-level security.
    """

    service: str
    name: str
    owner_dsn: str = field(repr=False)
    login_dsn: str = field(repr=False)
    superuser_dsn: str = field(repr=False)

    @property
    def owner_url(self) -> str:
        """For SQLAlchemy, as the setting OWNER_DATABASE_URL: `postgresql+asyncpg://…`."""
        return _for_sqlalchemy(self.owner_dsn)

    @property
    def login_url(self) -> str:
        """For SQLAlchemy, as the setting DATABASE_URL: `postgresql+asyncpg://…`."""
        return _for_sqlalchemy(self.login_dsn)

    @property
    def superuser_url(self) -> str:
        """For SQLAlchemy: `postgresql+asyncpg://…`."""
        return _for_sqlalchemy(self.superuser_dsn)


class DatabaseFactory:
    """Call it with a service's import name for a database of your own.

    The first call of a run makes the service's roles and database by `chassis.provision.provision` and its schema by
    `python -m <service> migrate`; further calls copy that. All copies are dropped at the end of the test.

    Args of a call:
        service: import name, one that `chassis.provision` knows.
        migrate: makes the schema instead of the service's own migrations, for instance the chassis' tables alone.
        schema: names what `migrate` makes; give one whenever you give `migrate`, as templates are kept by
            (service, schema).
    """

    def __init__(self, server: PostgresServer, shared: SharedFolder, *, provision: Provision | None = None) -> None:
        self._server = server
        self._shared = shared
        self._provisioner = provision
        self._admin: BlockingConnection | None = None
        self._made: list[str] = []

    def __call__(self, service: str, *, migrate: Migrate | None = None, schema: str = "") -> Database:
        if (migrate is None) != (schema == ""):
            message = "A migrate function and the schema's name are given together."
            raise ValueError(message)
        return self.copy(self._template(service, migrate, schema))

    def freeze(self, database: Database) -> Database:
        """Keeps a database as it is now, for `copy`: until the end of the run, and with no more connections to it.

        For what costs more to found than to copy; whoever worked in it has left it.
        """
        self._made.remove(database.name)
        self._sql.execute(f'ALTER DATABASE "{database.name}" WITH ALLOW_CONNECTIONS false')
        return database

    def copy(self, frozen: Database) -> Database:
        """A database of your own with all that a frozen one holds, dropped at the end of the test."""
        copy = f"{frozen.name}_{secrets.token_hex(5)}"
        self._clone(frozen, copy)
        self._made.append(copy)
        return self._named(frozen, copy)

    def drop_all(self) -> None:
        """Drops the databases made so far, cutting connections that are still open."""
        while self._made:
            self._sql.execute(f'DROP DATABASE IF EXISTS "{self._made.pop()}" WITH (FORCE)')

    def close(self) -> None:
        """Drops the databases and leaves the server."""
        self.drop_all()
        self.forget()

    def forget(self) -> None:
        """Leaves the server, which may be down, without dropping anything."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    @property
    def _sql(self) -> BlockingConnection:
        if self._admin is None:
            self._admin = BlockingConnection(self._server.superuser_url)
        return self._admin

    def _template(self, service: str, migrate: Migrate | None, schema: str) -> Database:
        server = str(self._server.port)
        roles = self._shared.once(f"roles-{server}-{service}", lambda: self._provision(service))
        provisioned = self._database(service, service, roles)
        name = f"{service}_{schema or 'service'}_template"
        self._shared.once(f"template-{server}-{name}", lambda: self._build(provisioned, name, migrate or _migrate))
        return self._database(service, name, roles)

    def _provision(self, service: str) -> Record:
        """Makes roles and an empty database, with new passwords."""
        # By name, as this module also serves tests of members that stand below the chassis.
        provision: Provision = self._provisioner or importlib.import_module("chassis.provision").provision
        passwords = {"owner_password": secrets.token_urlsafe(12), "login_password": secrets.token_urlsafe(12)}
        self._sql.run(provision(self._server.superuser_url, service, **passwords))
        return passwords

    def _build(self, provisioned: Database, name: str, migrate: Migrate) -> Record:
        self._clone(provisioned, name)
        migrate(self._named(provisioned, name))
        # Nobody can connect to it any more, so no forgotten connection can stand in the way of cloning.
        self._sql.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        return {}

    def _clone(self, template: Database, copy: str) -> None:
        owner = f"{template.service}_owner"
        # Copying files beats writing the copy through the log: 70 ms against 150 for 60 tables, on a busy machine.
        self._sql.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{template.name}" OWNER "{owner}" STRATEGY file_copy')
        for statement in self._database_rights(template.name, copy):
            self._sql.execute(statement)

    def _database_rights(self, template: str, copy: str) -> list[str]:
        """Grants on the database and settings of it, which PostgreSQL leaves out when it copies one."""
        rows = self._sql.fetch(_RIGHTS_OF_A_DATABASE, template, copy)
        return [row["statement"] for row in rows]

    def _named(self, database: Database, name: str) -> Database:
        addresses = (database.owner_dsn, database.login_dsn, database.superuser_dsn)
        owner, login, superuser = (f"{address.rpartition('/')[0]}/{name}" for address in addresses)
        return Database(database.service, name, owner, login, superuser)

    def _database(self, service: str, name: str, passwords: Record) -> Database:
        server = self._server
        owner = server.url(f"{service}_owner", passwords["owner_password"], name)
        login = server.url(f"{service}_login", passwords["login_password"], name)
        return Database(service, name, owner, login, server.url("postgres", server.password, name))


def _migrate(database: Database) -> None:
    """Runs the service's own migrations, the way an operator does."""
    settings = _MIGRATION_SETTINGS | {"OWNER_DATABASE_URL": database.owner_url, "DATABASE_URL": database.login_url}
    prefix = database.service.upper()
    result = subprocess.run(
        [sys.executable, "-m", database.service, "migrate"],
        env=os.environ | {f"{prefix}_{name}": value for name, value in settings.items()},
        capture_output=True,
        text=True,
        timeout=_MIGRATION_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0:
        message = (
            f"`python -m {database.service} migrate` ended with {result.returncode}:\n{result.stdout}{result.stderr}"
        )
        raise RuntimeError(message)


def _for_sqlalchemy(dsn: str) -> str:
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


_RIGHTS_OF_A_DATABASE = """
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2::text) AS statement, 0 AS step
  FROM pg_database WHERE datname = $1 AND datacl IS NOT NULL
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %s', acl.privilege_type, $2::text,
              CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(acl.grantee::regrole::text) END), 1
  FROM pg_database, aclexplode(datacl) AS acl WHERE datname = $1
UNION ALL
SELECT format('ALTER %sDATABASE %I SET %I = %s',
              CASE setrole WHEN 0 THEN '' ELSE format('ROLE %s IN ', setrole::regrole) END,
              $2::text, split_part(setting, '=', 1), quote_literal(substr(setting, strpos(setting, '=') + 1))), 2
  FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase, unnest(setconfig) AS setting
 WHERE d.datname = $1
ORDER BY step
"""
