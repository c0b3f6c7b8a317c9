"""The container engine's own client, and a look into the files of an image."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# The distribution's client comes first: a newer one beside it may lack the builder that this one has.
ENVIRONMENT = os.environ | {"PATH": f"/usr/bin:{os.environ.get('PATH', '')}", "DOCKER_BUILDKIT": "1"}


class EngineFailed(RuntimeError):
    """The engine refused; the text is its own."""


def docker(*arguments: str, timeout_s: float = 120) -> str:
    """What the client prints, without the space around it.

    Raises:
        EngineFailed: it ended with a fault, or there is no client.
    """
    try:
        done = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, env=ENVIRONMENT, timeout=timeout_s, check=False
        )
    except FileNotFoundError as error:
        raise EngineFailed("there is no docker client on this machine") from error
    if done.returncode:
        raise EngineFailed(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def answers() -> bool:
    """Whether an engine runs here."""
    try:
        docker("version")
    except EngineFailed:
        return False
    return True


def inspected(image: str) -> Any:
    """What the engine knows of an image; None where it has none of the name."""
    try:
        return json.loads(docker("image", "inspect", image))[0]
    except EngineFailed:
        return None


@contextmanager
def files_of(image: str) -> Iterator[tarfile.TarFile]:
    """The files of an image as a container would see them, to be read once from front to back."""
    container = docker("create", "--network", "none", image, "nothing")
    try:
        with subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE, env=ENVIRONMENT) as export:
            with tarfile.open(fileobj=export.stdout, mode="r|") as archive:
                yield archive
            export.communicate()
    finally:
        docker("rm", "--force", container)
