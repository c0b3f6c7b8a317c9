"""The file of refused rows: harmless in a spreadsheet program, and readable again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from throughline_cli.lead_files.errors_file import RefusedRow, errors_path, write_errors
from throughline_cli.lead_files.formulas import neutral, without_quote
from throughline_cli.lead_files.lead_file import FileRow, LeadFile

_HEADER = ("公司", "电话")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+86 139", "-5", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_formulas_are_made_text_and_come_back(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"
    assert without_quote(neutral(cell)) == cell


@pytest.mark.parametrize("cell", ["", "杭州", "a=b", "1-2", "'quoted'", "O'Brien"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert neutral(cell) == cell
    assert without_quote(cell) == cell


def test_refused_rows_carry_their_cells(tmp_path: Path) -> None:
    target = errors_path(tmp_path / "leads.csv")
    rows = [FileRow(number, (f"公司{number}", f"=139{number}")) for number in range(1, 6)]
    refused = [RefusedRow(2, "ROW_FAULT", "电话: ?"), RefusedRow(5, "INVALID_REQUEST", "=evil")]

    count = write_errors(target, _HEADER, refused, rows)

    assert count == 2
    assert target.name == "leads.csv.errors.csv"
    with target.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["row_number", "reason", "detail", "公司", "电话"],
            ["2", "ROW_FAULT", "电话: ?", "公司2", "'=1392"],
            ["5", "INVALID_REQUEST", "'=evil", "公司5", "'=1395"],
        ]


def test_refused_rows_can_be_read_again(tmp_path: Path) -> None:
    target = tmp_path / "leads.csv.errors.csv"
    write_errors(target, _HEADER, [RefusedRow(1, "X", "")], [FileRow(1, ("甲医院", "+86 139"))])

    survey = LeadFile(target).survey()

    assert survey.header[3:] == _HEADER
    assert survey.encoding == "utf-8-sig"


def test_a_link_in_the_place_of_the_file_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    target = tmp_path / "leads.csv.errors.csv"
    target.symlink_to(victim)

    write_errors(target, _HEADER, [RefusedRow(1, "X", "")], [FileRow(1, ("a", "b"))])

    assert victim.read_text() == "precious"
    assert not target.is_symlink()


def test_nothing_is_left_behind_when_reading_fails(tmp_path: Path) -> None:
    target = tmp_path / "leads.csv.errors.csv"

    with pytest.raises(ZeroDivisionError):
        write_errors(target, _HEADER, (RefusedRow(1 // 0, "X", "") for _ in range(1)), [])

    assert list(tmp_path.iterdir()) == []
