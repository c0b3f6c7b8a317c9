"""Makes the services' roles, databases and schemas, and skips all of it when nothing changed since the last start."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chassis.provision import provision
from embedded.failures import ProcessFailed, last_lines
from embedded.plan import ServiceDatabase, ServiceSpec
from embedded.state import DataFolder, read_json, write_json

_TIMEOUT_S = 600
_KEY = "databases"


def bring_up_to_date(
    folder: DataFolder,
    services: Iterable[ServiceSpec],
    *,
    superuser_url: str,
    server_id: str,
    told: Callable[[str], None],
) -> bool:
    """Makes and migrates what is missing or has changed, the services side by side.

    Args:
        server_id: names the database server's data; other data means starting anew, whatever the state file says.
        told: is told each step.
    Returns:
        Whether any database was there before, so that its outbox may hold events.
    Raises:
        ProcessFailed: a migration failed; the others are waited for.
    """
    state = read_json(folder.state)
    done: dict[str, dict[str, str]] = state.get(_KEY, {})
    wanted = {service.name: _marks(service.database, server_id) for service in services if service.database}
    due = [service for service in services if service.database and done.get(service.name) != wanted[service.name]]
    existed = any(marks.get("server") == server_id for marks in done.values())
    if due:
        told(f"migrating {', '.join(service.name for service in due)}")
        with ThreadPoolExecutor(max_workers=len(due)) as pool:
            futures = [pool.submit(_prepare, folder, service, superuser_url) for service in due]
        for future in futures:
            future.result()
        write_json(folder.state, read_json(folder.state) | {_KEY: done | wanted})
    return existed


def forget(folder: DataFolder, services: Iterable[ServiceSpec], *, server_id: str) -> None:
    """Has the next `bring_up_to_date` look at these services again, whose databases are known to be on the server."""
    state = read_json(folder.state)
    again = {service.name: {"server": server_id} for service in services}
    write_json(folder.state, state | {_KEY: state.get(_KEY, {}) | again})


def _prepare(folder: DataFolder, service: ServiceSpec, superuser_url: str) -> None:
    database = service.database
    if database is None:
        return
    asyncio.run(
        provision(
            superuser_url,
            service.name,  # type: ignore[arg-type, unused-ignore]  # the name is one of ours
            owner_password=database.owner_password,
            login_password=database.login_password,
        )
    )
    log = folder.log(f"{service.name}.migrate")
    with log.open("wb") as output:
        result = subprocess.run(
            database.migrate,
            env=os.environ | dict(service.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=_TIMEOUT_S,
            check=False,
        )
    if result.returncode != 0:
        reason = f"its migration ended with status {result.returncode}"
        raise ProcessFailed(service.name, reason, log=log, lines=last_lines(log))


def _marks(database: ServiceDatabase, server_id: str) -> dict[str, str]:
    """What, when it is the same as last time, makes provisioning and migrating needless. Holds no password."""
    passwords = hashlib.sha256(f"{database.owner_password} {database.login_password}".encode()).hexdigest()
    return {"server": server_id, "passwords": passwords, "sources": digest(database.sources)}


def digest(sources: Iterable[Path]) -> str:
    """Of the names and the content of all files in these places; changes with any of them."""
    sha = hashlib.sha256()
    for source in sources:
        files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if _is_source(path))
        for file in files:
            sha.update(f"{file}\0".encode())
            sha.update(file.read_bytes())
    return sha.hexdigest()


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
