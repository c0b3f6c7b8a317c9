"""PostgreSQL in a container, for machines with a container engine that already has an image of it.

The image is named by THROUGHLINE_POSTGRES_IMAGE and is never pulled: it must read POSTGRES_PASSWORD and take settings
as `-c name=value`, as the official image does, and have the extensions of PostgreSQL's own contrib.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from embedded import ports
from embedded.postgres import PostgresServer
from support import containers
from support.shared import Record, SharedFolder
from support.sql import BlockingConnection
from support.waiting import eventually

IMAGE_SETTING = "THROUGHLINE_POSTGRES_IMAGE"
_INSIDE = 5432
_START_TIMEOUT_S = 90
# Of the servers out of the wheel, which sets them itself.
_SETTINGS = {"max_locks_per_transaction": "256", "jit": "off"}


@dataclass(slots=True)
class ContainerPostgres(PostgresServer):
    """A server that its container keeps running; tests reach it as they reach one out of the wheel."""

    def start(self, *, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Waits until it accepts connections."""
        eventually(self._answers, timeout_s, what=f"PostgreSQL answers on port {self.port}")

    def _answers(self) -> bool:
        # The engine's own proxy listens before the server does, so that only an answer counts.
        try:
            BlockingConnection(self.superuser_url).close()
        except (OSError, asyncpg.exceptions.PostgresError):
            return False
        return True


def is_wanted() -> bool:
    """Whether an image is named; one that cannot be used is a fault then, and no reason for another kind.

    Raises:
        NoContainer: no engine answers, or it does not have the image.
    """
    if not (image := os.environ.get(IMAGE_SETTING)):
        return False
    containers.require(image, what="PostgreSQL", setting=IMAGE_SETTING)
    return True


def shared_server(shared: SharedFolder, name: str, settings: Mapping[str, str]) -> PostgresServer:
    """The run's server of this name, made by whoever asks first."""
    record = shared.once(name, lambda: _create(shared, name, settings))
    return ContainerPostgres(shared.path / name, record["port"], record["password"])


def _create(shared: SharedFolder, name: str, settings: Mapping[str, str]) -> Record:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 (slow to import, seldom used)

    image = os.environ[IMAGE_SETTING]
    port = ports.assign(shared.path, [name])[name]
    password = secrets.token_urlsafe(12)
    container = DockerContainer(image).with_name(f"{shared.path.name}-{name}")
    container.with_bind_ports(_INSIDE, port).with_env("POSTGRES_PASSWORD", password)
    container.with_kwargs(shm_size="256m")
    options = " ".join(f"-c {key}={value}" for key, value in (_SETTINGS | dict(settings)).items())
    container.with_command(f"postgres {options}").start()
    shared.remember_container(f"{shared.path.name}-{name}")
    shared.keep(container)
    ContainerPostgres(shared.path / name, port, password).start()
    shared.note("1-postgres-container", f"PostgreSQL (container, {image})")
    return {"port": port, "password": password}
