"""Why a backup cannot be made or used, as facts: the words are found by whoever tells people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal[
    "manifest_missing",
    "manifest_unreadable",
    "format_newer",
    "part_missing",
    "part_size",
    "part_corrupt",
    "database_missing",
    "service_unknown",
    "revision_newer",
    "server_newer",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a backup.

    Attributes:
        values: what it is about, by name, such as the part.
    """

    kind: FaultKind
    values: Mapping[str, str] = field(default_factory=dict)


class BackupUnusable(Exception):
    """The backup cannot be restored; nothing was touched."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(fault.kind for fault in faults))
        self.faults = tuple(faults)


class TargetTaken(Exception):
    """Something is there already that was not allowed to be replaced: a file, a folder, or databases."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class StillUp(Exception):
    """Somebody has started the suite meanwhile."""


class BackupFailed(Exception):
    """A program of PostgreSQL failed; the text has its last words."""
