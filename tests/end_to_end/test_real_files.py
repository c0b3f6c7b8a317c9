"""The two public files of leads, imported whole: every row accounted for, also when the import was killed half-way."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.waiting import eventually

from .command_line import CommandLine

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("end_to_end"), pytest.mark.timeout(900)]

_EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
_OLIST = ("olist-marketing-funnel/marketing_qualified_leads.csv", "olist-marketing-funnel.toml", 5_563)
_EDUCATION = ("x-education-leads/leads.csv.gz", "x-education-leads.toml", 6_468)


@pytest.fixture(scope="package")
def data() -> Path:
    """The folder of the public data sets."""
    folder = os.environ.get("THROUGHLINE_DATA")
    if not folder:
        pytest.skip("THROUGHLINE_DATA names no folder with the public data sets: no real file was imported")
    return Path(folder)


@pytest.fixture(scope="package", autouse=True)
def _tenant(data: Path, throughline: CommandLine) -> None:
    """The sample company, whose administrator imports."""
    throughline("demo", "--leads", "600", "--days", "1")


def _imported(throughline: CommandLine, file: Path, mapping: str, *options: str) -> Any:
    return throughline.json("import", "leads", str(file), "--mapping", str(_EXAMPLES / mapping), *options)


def _conservation(throughline: CommandLine) -> dict[str, int]:
    return {name: int(count) for name, count in throughline.get("/v1/leads:conservation").items()}


def test_an_import_killed_half_way_ends_as_if_it_had_run_once(
    throughline: CommandLine, data: Path, tmp_path: Path
) -> None:
    name, mapping, rows = _OLIST
    file = Path(shutil.copy(data / name, tmp_path))
    before = _conservation(throughline)
    process = throughline.begin("import", "leads", str(file), "--mapping", str(_EXAMPLES / mapping))
    eventually(
        lambda: _conservation(throughline)["received"] >= before["received"] + 1_000, 120, what="a thousand rows are in"
    )
    process.kill()
    process.wait()

    done = _imported(throughline, file, mapping)

    after = _conservation(throughline)
    assert done["resumed_at"] > 0
    assert int(done["rows"]) == int(done["created"]) == rows
    assert after["received"] - before["received"] == rows
    assert after["gap"] == 0


def test_a_whole_import_is_tried_made_repeated_and_undone(throughline: CommandLine, data: Path, tmp_path: Path) -> None:
    name, mapping, rows = _EDUCATION
    file = Path(shutil.copy(data / name, tmp_path))
    before = _conservation(throughline)

    tried = _imported(throughline, file, mapping, "--dry-run")
    untouched = _conservation(throughline)
    made = _imported(throughline, file, mapping)
    repeated = _imported(throughline, file, mapping)
    undone = throughline.json("import", "undo", made["import_id"], "--reason", "only a trial")

    after = _conservation(throughline)
    assert int(tried["created"]) == int(made["created"]) == int(undone["undone"]) == rows
    assert untouched == before
    assert repeated["import_id"] == made["import_id"]
    assert (after["received"], after["rejected"], after["gap"]) == (
        before["received"] + rows,
        before["rejected"] + rows,
        0,
    )
