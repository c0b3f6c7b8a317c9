"""Spreadsheets: values as a person would type them, and archives that must be refused."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from throughline_cli.lead_files.faults import FileRefused
from throughline_cli.lead_files.lead_file import LeadFile
from throughline_cli.lead_files.limits import Limits

from ...files import cells_of, with_part, xlsx_file

_SHEET = "xl/worksheets/sheet1.xml"
_TEXTS = "xl/sharedStrings.xml"
_NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

_DAY = datetime(2026, 3, 2)  # noqa: DTZ001 (a spreadsheet knows no zones)


class TestValues:
    def test_values_read_as_a_person_would_type_them(self, tmp_path: Path) -> None:
        row = ["杭州甲医院", 13900000001.0, 12.5, True, _DAY, _DAY.replace(hour=9, minute=30), "=1+1"]
        path = xlsx_file(tmp_path, [[f"c{number}" for number in range(len(row))], row])

        cells = cells_of(LeadFile(path))

        assert cells == [("杭州甲医院", "13900000001", "12.5", "true", "2026-03-02", "2026-03-02T09:30:00", "0")]

    def test_blank_rows_and_columns_behind_the_last_are_left_out(self, tmp_path: Path) -> None:
        path = xlsx_file(tmp_path, [["a", "b"], [], [None, 1], [None, None], ["x"]])

        assert cells_of(LeadFile(path)) == [("", "1"), ("x",)]

    def test_named_sheet_is_read(self, tmp_path: Path) -> None:
        path = xlsx_file(tmp_path, [["a"], ["1"]], sheet="线索")

        assert cells_of(LeadFile(path, sheet="线索")) == [("1",)]

    def test_unknown_sheet_is_refused_with_those_that_there_are(self, tmp_path: Path) -> None:
        path = xlsx_file(tmp_path, [["a"], ["1"]], sheet="线索")

        with pytest.raises(FileRefused) as refused:
            LeadFile(path, sheet="Leads").survey()

        assert refused.value.reason == "NO_SHEET"
        assert refused.value.values["known"] == "线索"

    def test_rich_text_is_read_without_its_pronunciation(self, tmp_path: Path) -> None:
        texts = f"<sst {_NAMESPACE}><si><r><t>医</t></r><r><t>院</t></r><rPh sb='0' eb='1'><t>yi</t></rPh></si></sst>"
        path = with_part(xlsx_file(tmp_path, [["a"]]), _TEXTS, texts)

        assert LeadFile(path).survey().header == ("医院",)


class TestRefusals:
    def test_something_else_under_that_name(self, tmp_path: Path) -> None:
        (tmp_path / "leads.xlsx").write_text("a,b\n1,2\n")

        assert _refusal(LeadFile(tmp_path / "leads.xlsx")) == "NOT_XLSX"

    def test_archive_without_a_workbook(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "leads.xlsx", "w") as archive:
            archive.writestr("hello.txt", "hello")

        assert _refusal(LeadFile(tmp_path / "leads.xlsx")) == "NOT_XLSX"

    def test_too_many_rows(self, tmp_path: Path) -> None:
        path = xlsx_file(tmp_path, [["a"], *(["x"] for _ in range(10))])

        assert _refusal(LeadFile(path, limits=Limits(rows=5))) == "TOO_MANY_ROWS"

    def test_row_number_that_jumps_ahead(self, tmp_path: Path) -> None:
        path = with_part(xlsx_file(tmp_path, [["a"]]), _SHEET, _sheet('<row r="1048576"><c r="A1"><v>0</v></c></row>'))

        assert _refusal(LeadFile(path)) == "TOO_MANY_ROWS"

    def test_value_in_a_far_column(self, tmp_path: Path) -> None:
        path = with_part(xlsx_file(tmp_path, [["a"]]), _SHEET, _sheet('<row r="1"><c r="XFD1"><v>0</v></c></row>'))

        assert _refusal(LeadFile(path)) == "TOO_MANY_COLUMNS"

    def test_row_with_masses_of_empty_cells(self, tmp_path: Path) -> None:
        cells = '<c r="A1"/>' * 120_000
        path = with_part(xlsx_file(tmp_path, [["a"]]), _SHEET, _sheet(f'<row r="1">{cells}</row>'))

        assert _refusal(LeadFile(path)) == "TOO_MANY_COLUMNS"

    def test_cell_that_is_too_long(self, tmp_path: Path) -> None:
        long = f'<row r="1"><c r="A1" t="str"><v>{"x" * 40_000}</v></c></row>'
        path = with_part(xlsx_file(tmp_path, [["a"]]), _SHEET, _sheet(long))

        assert _refusal(LeadFile(path)) == "CELL_TOO_LONG"

    def test_entities_are_refused(self, tmp_path: Path) -> None:
        bomb = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><sst {_NAMESPACE}><si><t>&a;</t></si></sst>'
        path = with_part(xlsx_file(tmp_path, [["a"]]), _TEXTS, bomb)

        assert _refusal(LeadFile(path)) == "MALFORMED"

    def test_too_many_texts(self, tmp_path: Path) -> None:
        path = xlsx_file(tmp_path, [["a"], ["b"], ["c"], ["d"]])

        assert _refusal(LeadFile(path, limits=Limits(texts=3))) == "TEXTS_TOO_MANY"

    def test_huge_part_that_would_be_read_whole(self, tmp_path: Path) -> None:
        path = with_part(xlsx_file(tmp_path, [["a"]]), "xl/styles.xml", "<x>" + " " * 9_000_000 + "</x>")

        assert _refusal(LeadFile(path)) == "PART_TOO_LARGE"

    def test_archive_that_packs_too_well(self, tmp_path: Path) -> None:
        path = with_part(xlsx_file(tmp_path, [["a"]]), "xl/media/image.bin", b"0" * 30_000_000)

        assert _refusal(LeadFile(path)) == "RATIO_TOO_LARGE"

    @pytest.mark.parametrize("name", ["../../etc/cron.d/x.xml", "/tmp/x.xml", "xl\\..\\..\\x.xml"])
    def test_part_that_names_a_place_outside(self, tmp_path: Path, name: str) -> None:
        path = with_part(xlsx_file(tmp_path, [["a"]]), name, "x")

        assert _refusal(LeadFile(path)) == "PART_NAME"

    def test_damaged_sheet(self, tmp_path: Path) -> None:
        path = with_part(xlsx_file(tmp_path, [["a"]]), _SHEET, f"<worksheet {_NAMESPACE}><sheetData><row>")

        assert _refusal(LeadFile(path)) in {"MALFORMED", "NOT_XLSX"}


def _sheet(rows: str) -> str:
    return f"<worksheet {_NAMESPACE}><sheetData>{rows}</sheetData></worksheet>"


def _refusal(file: LeadFile) -> str:
    with pytest.raises(FileRefused) as refused:
        file.survey()
    return refused.value.reason
