"""What can be wrong with a file as a whole. A fault of one row is that row's outcome instead."""

from __future__ import annotations

from pathlib import Path

from throughline_cli.failures import Exit, Failure


class FileRefused(Failure):
    """The file cannot be read. `reason` is stable; its text is the catalogue's `file.<reason>`."""

    def __init__(self, reason: str, path: Path, **values: object) -> None:
        super().__init__(f"file.{reason}", Exit.UNREADABLE, {"file": path.name, **values})
        self.reason = reason
