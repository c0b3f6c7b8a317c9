"""The database server while a backup is taken or brought back, and PostgreSQL's own programs for that."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import unquote, urlsplit

import asyncpg.exceptions

from embedded.backup.faults import BackupFailed
from embedded.plan import ForeignPostgres, OwnPostgres, Plan
from embedded.postgres import BIN, PostgresServer
from embedded.roster import POSTGRES
from embedded.state import DataFolder

_LAST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        url: of its database `postgres`, for a superuser.
        id: names its data, as the supervisor does.
    """

    url: str
    id: str

    def url_of(self, database: str) -> str:
        """Of another database, for the same superuser."""
        return f"{self.url.rpartition('/')[0]}/{database}"

    def run(self, program: str, arguments: Sequence[str], *, database: str) -> None:
        """Runs one of PostgreSQL's programs on a database. The password does not show in the list of processes.

        Raises:
            BackupFailed: with its last words.
        """
        address = urlsplit(self.url)
        settings = {
            "PGHOST": address.hostname or "",
            "PGPORT": str(address.port or 5432),
            "PGUSER": unquote(address.username or ""),
            "PGPASSWORD": unquote(address.password or ""),
            "PGDATABASE": database,
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        done = subprocess.run(
            [str(BIN / program), "--no-password", *arguments],
            env=others | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            message = f"{program} ended with status {done.returncode}: {done.stderr.strip()[-_LAST_WORDS:]}"
            raise BackupFailed(message)


@contextmanager
def running_server(folder: DataFolder, plan: Plan) -> Iterator[Server]:
    """The plan's server, started for the time of the block where it does not run.

    Raises:
        BackupFailed: the plan has none, or it refused what the block asked of it.
        PostgresFailed: it does not start.
    """
    try:
        with _running(folder, plan) as server:
            yield server
    except (asyncpg.exceptions.PostgresError, subprocess.TimeoutExpired) as error:
        raise BackupFailed(f"{type(error).__name__}: {error}") from error


@contextmanager
def _running(folder: DataFolder, plan: Plan) -> Iterator[Server]:
    if isinstance(plan.postgres, ForeignPostgres):
        url = plan.postgres.superuser_url
        yield Server(url, sha256(url.encode()).hexdigest())
    elif isinstance(plan.postgres, OwnPostgres):
        own = PostgresServer(folder.postgres, plan.postgres.port, plan.postgres.password, log_file=folder.log(POSTGRES))
        was_running = own.process is not None
        own.start()
        try:
            yield Server(own.superuser_url, own.system_identifier())
        finally:
            if not was_running:
                own.stop()
    else:
        raise BackupFailed("This suite has no databases.")
