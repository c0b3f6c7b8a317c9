"""One image, as the engine and its own files tell of it."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import Any

import container_engine


@dataclass(frozen=True, slots=True)
class Image:
    """One service's image.

    Attributes:
        about: what the engine says of it.
        files: its files and links by path, without a slash at the front.
        texts: the contents of files that are not large.
        components: its list of components.
    """

    service: str
    name: str
    about: dict[str, Any]
    files: dict[str, tarfile.TarInfo]
    texts: dict[str, bytes]
    components: dict[str, Any]

    @property
    def module(self) -> str:
        """The import name of its service."""
        return self.service.replace("-", "_")

    def run(self, *command: str, python: bool = False) -> str:
        """Runs it as the chart does, cut off from everything; gives what it prints.

        Raises:
            EngineFailed: it ended with a fault.
        """
        limits = ["--read-only", "--cap-drop", "ALL", "--network", "none", "--security-opt", "no-new-privileges"]
        entry = ["--entrypoint", "/opt/venv/bin/python"] if python else []
        return container_engine.docker("run", "--rm", *limits, *entry, self.name, *command)
