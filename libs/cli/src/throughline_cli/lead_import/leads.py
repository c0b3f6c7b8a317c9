"""One import of leads, from the survey of the file to the file of refused rows."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from throughline_cli.failures import Exit, Failure, Problem
from throughline_cli.gateway import Gateway
from throughline_cli.lead_files.errors_file import RefusedRow, errors_path, write_errors
from throughline_cli.lead_files.lead_file import LeadFile, Survey
from throughline_cli.lead_files.mapping import Mapping
from throughline_cli.lead_files.submissions import ReadRow, RowReader
from throughline_cli.lead_import.chunks import chunks

IMPORTS: Final = "/v1/lead-imports"
_ROW_OF_VIOLATION: Final = re.compile(r"rows\[(\d+)\]\.?(.*)")
_UNKNOWN_NAME_CHARS: Final = re.compile(r"[\x00-\x1f\x7f/\\]")
_READER: Final = "1"
"""Rises when the reader makes other submissions of the same file and mapping, as that is another import then."""

Told = Callable[[int], None]
"""Is told how many rows have their outcome."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How an import ended."""

    state: dict[str, Any]
    """`LeadImport` as the service has it."""
    survey: Survey
    resumed_at: int
    """First row that was sent; above 1 where an earlier run had been cut off."""
    errors_file: Path | None


class LeadImporter:
    """Imports one file under one mapping.

    Raises:
        FileRefused, MappingInvalid: the file or the mapping is of no use; nothing was sent.
    """

    def __init__(self, gateway: Gateway, file: LeadFile, mapping: Mapping) -> None:
        self._gateway = gateway
        self._file = file
        self.survey = file.survey()
        self._reader = RowReader(mapping, self.survey.header, file.path)
        rules = f"{_READER}\n{mapping.canonical()}".encode()
        self.digest = hashlib.sha256(self.survey.sha256.encode() + b"\n" + rules).hexdigest()

    def run(self, *, dry_run: bool, told: Told = lambda _: None) -> Imported:
        """Sends all rows that have no outcome yet: after a kill the rest, after the end none.

        Raises:
            Problem, Unreachable: the suite refused or does not answer; what was sent stays.
            FileRefused: the file changed meanwhile.
        """
        state = self._start(dry_run=dry_run)
        first, import_id = int(state["next_row"]), str(state["import_id"])
        if state["state"] == "OPEN":
            sent = self._send(import_id, first, told)
            state = self._finish(import_id, max(sent, first - 1))
        errors = self._write_errors(import_id) if int(state["rejected"]) else None
        return Imported(state, self.survey, first, errors)

    def errors_of(self, import_id: str) -> Path:
        """Writes the refused rows of an import that was made earlier.

        Raises:
            Failure: the import is of another file, or was made under another mapping.
        """
        found = self._gateway.get(f"{IMPORTS}/{import_id}")["import"]
        if found["digest"] != self.digest:
            raise Failure("failure.other_file", Exit.CONFLICT, {"file": self._file.path.name, "import_id": import_id})
        return self._write_errors(import_id)

    def _write_errors(self, import_id: str) -> Path:
        target = errors_path(self._file.path)
        write_errors(target, self.survey.header, refused_rows(self._gateway, import_id), self._file.rows(self.survey))
        return target

    def _start(self, *, dry_run: bool) -> dict[str, Any]:
        name = _UNKNOWN_NAME_CHARS.sub("_", self._file.path.name)[:255]
        # A key of its own for each run: the answer to an earlier one would tell where that run began.
        request_id = f"import:{self.digest[:16]}:{uuid.uuid4()}"
        body = {"file_name": name, "digest": self.digest, "dry_run": dry_run, "request_id": request_id}
        state: dict[str, Any] = self._gateway.post(IMPORTS, body)["import"]
        return state

    def _finish(self, import_id: str, rows: int) -> dict[str, Any]:
        body = {"rows": str(rows), "request_id": f"import:{import_id}:finish"}
        state: dict[str, Any] = self._gateway.post(f"{IMPORTS}/{import_id}:finish", body)["import"]
        return state

    def _send(self, import_id: str, first: int, told: Told) -> int:
        """Sends the rows from `first` on; gives the number of the last."""
        read = (self._reader.read(row) for row in self._file.rows(self.survey) if row.number >= first)
        last = first - 1
        told(last)
        for chunk in chunks(read):
            self._send_chunk(import_id, chunk)
            last = chunk[-1].number
            told(last)
        return last

    def _send_chunk(self, import_id: str, chunk: list[ReadRow]) -> None:
        """A row that the contract does not even allow is sent again as a fault, with the words of the refusal."""
        try:
            self._post_rows(import_id, chunk)
        except Problem as problem:
            mended = _with_faults(chunk, problem)
            if mended == chunk:
                raise
            self._post_rows(import_id, mended)

    def _post_rows(self, import_id: str, chunk: list[ReadRow]) -> None:
        rows = [row.as_json() for row in chunk]
        content = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]
        request_id = f"import:{import_id}:{chunk[0].number}-{chunk[-1].number}:{content}"
        self._gateway.post(f"{IMPORTS}/{import_id}:rows", {"rows": rows, "request_id": request_id})


def refused_rows(gateway: Gateway, import_id: str) -> Iterator[RefusedRow]:
    """The refused rows of an import, by number."""
    rows = gateway.pages(f"{IMPORTS}/{import_id}/rows", "outcomes", outcome="REJECTED", page_size=1000)
    return (RefusedRow(int(row["row_number"]), row["reason"], row["detail"]) for row in rows)


def _with_faults(chunk: list[ReadRow], problem: Problem) -> list[ReadRow]:
    """The chunk with the rows that the violations name as faults; the same where they name none."""
    faults: dict[int, list[str]] = {}
    for violation in problem.violations:
        if found := _ROW_OF_VIOLATION.match(violation.get("field", "")):
            field = found[2].removeprefix("submission.")
            faults.setdefault(int(found[1]), []).append(f"{field}: {violation.get('message', '')}")
    return [
        replace(row, submission=None, fault="; ".join(faults[place])[:1000]) if place in faults else row
        for place, row in enumerate(chunk)
    ]
