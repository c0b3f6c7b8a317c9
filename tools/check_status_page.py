"""Refuses a `docs/status.md` in which a feature is missing, twice, in no known state, or shown by no test.

Run by `make lint`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "status.md"

# Features are never renumbered, only added at the end of their group.
FEATURES = {"LR": 18, "PL": 23, "CO": 25, "SC": 29, "GW": 12, "X": 18, "N": 13}

_ROW = re.compile(r"^\| (?P<id>[A-Z]+-\d\d) \| (?P<name>[^|]+) \| (?P<state>[^|]+) \| (?P<test>[^|]*)\|$", re.MULTILINE)
_STATE = re.compile(r"works|partly: \S.*|not yet")
_TEST = re.compile(r"`(?P<file>[^`:]+\.py)::(?P<name>test_\w+)`")


def main() -> int:
    faults = list(faults_of(PAGE.read_text(encoding="utf-8")))
    print("\n".join(faults) or f"status: {sum(FEATURES.values())} features, each in one row")
    return 1 if faults else 0


def faults_of(page: str) -> Iterator[str]:
    """One line for each thing that is wrong."""
    rows = [match.groupdict() for match in _ROW.finditer(page)]
    yield from _id_faults([row["id"] for row in rows])
    for row in rows:
        state, test = row["state"].strip(), row["test"].strip()
        if not _STATE.fullmatch(state):
            yield f"{row['id']}: the state is `works`, `partly: what is missing` or `not yet`, not {state!r}"
        if not re.search(r"[\u4e00-\u9fff]", row["name"]):
            yield f"{row['id']}: has no Chinese name"
        yield from (f"{row['id']}: {fault}" for fault in _test_faults(state, test))


def _id_faults(found: Sequence[str]) -> Iterator[str]:
    wanted = [f"{group}-{number:02d}" for group, last in FEATURES.items() for number in range(1, last + 1)]
    yield from (f"{feature}: stands in {found.count(feature)} rows" for feature in wanted if found.count(feature) != 1)
    yield from (f"{feature}: is no feature" for feature in found if feature not in wanted)
    if sorted(found) == sorted(wanted) and list(found) != wanted:
        yield "rows are not in the order of their ids"


def _test_faults(state: str, test: str) -> Iterator[str]:
    if state == "not yet":
        if test:
            yield "names a test for something that is not there yet"
        return
    match = _TEST.fullmatch(test)
    if match is None:
        yield f"names no test as `file::test`, but {test!r}"
        return
    file = ROOT / match["file"]
    if not file.is_file():
        yield f"{match['file']} does not exist"
    elif not re.search(rf"^\s*(async )?def {match['name']}\(", file.read_text(encoding="utf-8"), re.MULTILINE):
        yield f"{match['file']} has no {match['name']}"


if __name__ == "__main__":
    sys.exit(main())
