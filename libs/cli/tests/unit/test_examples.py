"""The mappings under docs/examples fit the files that they are for."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from sample_company import generate
from throughline_cli.lead_files.lead_file import LeadFile
from throughline_cli.lead_files.mapping import Mapping
from throughline_cli.lead_files.submissions import ReadRow, RowReader

_EXAMPLES = Path(__file__).resolve().parents[4] / "docs" / "examples"
_FILES = {
    "olist-marketing-funnel": "marketing_qualified_leads.csv",
    "x-education-leads": "leads.csv.gz",
}


def test_sample_company(tmp_path: Path) -> None:
    generate(start=date(2026, 3, 2), leads=400).write_csv(tmp_path)

    rows = _read("sample-company", tmp_path / "leads.csv")

    assert len(rows) == 400
    submissions = [row.submission for row in rows if row.submission is not None]
    assert all(submission["origin"].get("source") for submission in submissions if "origin" in submission)
    assert {row.fault.split(":")[0] for row in rows if row.submission is None} <= {"segment"}


@pytest.mark.parametrize("name", sorted(_FILES))
def test_public_data_set(name: str) -> None:
    folder = os.environ.get("THROUGHLINE_DATA")
    if not folder:
        pytest.skip("THROUGHLINE_DATA names no folder with the public data sets")

    rows = _read(name, Path(folder) / name / _FILES[name])

    assert len(rows) > 5_000
    assert not [row.fault for row in rows if row.submission is None]
    keys = {(row.submission or {})["origin"]["external_id"] for row in rows}
    assert len(keys) == len(rows)
    values = {value for row in rows for value in _texts(row.submission)}
    assert "Select" not in values
    assert "google" not in values


def _read(name: str, path: Path) -> list[ReadRow]:
    mapping = Mapping.load(_EXAMPLES / f"{name}.toml")
    file = LeadFile(path, encoding=mapping.file.encoding, separator=mapping.file.separator)
    survey = file.survey()
    reader = RowReader(mapping, survey.header, path)
    return [reader.read(row) for row in file.rows(survey)]


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
