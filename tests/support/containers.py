"""The container engine of this machine, for servers that tests run in containers. Images are never pulled."""

from __future__ import annotations

import os
import socket
from functools import cache
from typing import Any
from urllib.parse import urlsplit


class NoContainer(RuntimeError):
    """A server cannot run in a container here; the message says why, in one line."""


def require(image: str | None, *, what: str, setting: str) -> None:
    """Looks for an engine and the image.

    Args:
        image: its name; None or empty when none was named.
        what: the server, for people.
        setting: the variable of the environment that names it.
    Raises:
        NoContainer: no image is named, no engine answers, or it does not have the image.
    """
    if not image:
        message = f"no {what} container: {setting} names no image"
        raise NoContainer(message)
    from docker.errors import DockerException, ImageNotFound  # noqa: PLC0415 (slow to import, seldom used)

    # Its sweeper is one more image to have; the run removes its containers itself.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    try:
        _require_engine()
        engine().images.get(image)
    except ImageNotFound:
        message = f"no {what} container: the container engine does not have the image {image}"
        raise NoContainer(message) from None
    except (DockerException, OSError) as error:
        message = f"no {what} container: no container engine answers ({str(error)[:120]})"
        raise NoContainer(message) from None


def find(name: str) -> Any:
    """The container of this name; None when there is none."""
    from docker.errors import NotFound  # noqa: PLC0415

    try:
        return engine().containers.get(name)
    except NotFound:
        return None


def remove(name: str) -> None:
    """Removes a container of an earlier run; one that is gone is fine."""
    from docker.errors import DockerException, NotFound  # noqa: PLC0415

    try:
        engine().containers.get(name).remove(force=True)
    except (NotFound, DockerException):
        return


@cache
def engine() -> Any:
    """The engine's client."""
    from docker.client import DockerClient  # noqa: PLC0415

    make: Any = DockerClient
    return make.from_env(timeout=10)


def _require_engine() -> None:
    """Connects to the engine's address once. Its client would leave a socket open when nobody answers.

    Raises:
        OSError: nobody does.
    """
    address = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    if address.scheme == "unix":
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(address.path)
    elif address.hostname:
        socket.create_connection((address.hostname, address.port or 2375), timeout=5).close()
