"""CSV files: encodings, separators, odd rows, and files that must be refused before anything is sent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from throughline_cli.lead_files.faults import FileRefused
from throughline_cli.lead_files.lead_file import LeadFile
from throughline_cli.lead_files.limits import Limits

from ...files import cells_of, csv_file, gzip_file

_TEXT = "公司,电话\n杭州甲医院,13900000001\n上海乙诊所,13900000002\n"
_ROWS = [("杭州甲医院", "13900000001"), ("上海乙诊所", "13900000002")]


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
    def test_encoding_is_found_out(self, tmp_path: Path, encoding: str) -> None:
        file = LeadFile(csv_file(tmp_path, _TEXT, encoding=encoding))

        rows = cells_of(file)

        assert rows == _ROWS
        assert file.survey().header == ("公司", "电话")

    def test_stated_encoding_counts(self, tmp_path: Path) -> None:
        file = LeadFile(csv_file(tmp_path, "name\ncafé\n", encoding="latin-1"), encoding="latin-1")

        assert cells_of(file) == [("café",)]

    def test_file_that_is_not_in_the_stated_encoding_is_refused(self, tmp_path: Path) -> None:
        file = LeadFile(csv_file(tmp_path, _TEXT, encoding="gb18030"), encoding="utf-8")

        assert _refusal(file) == "ENCODING_UNKNOWN"

    def test_utf_16_is_named_as_such(self, tmp_path: Path) -> None:
        assert _refusal(LeadFile(csv_file(tmp_path, _TEXT, encoding="utf-16"))) == "UTF_16"

    def test_a_chinese_character_may_lie_across_two_reads(self, tmp_path: Path) -> None:
        names = [f"{'x' * (number % 3)}浙江省杭州市医院{number}" for number in range(20_000)]

        rows = cells_of(LeadFile(csv_file(tmp_path, "\n".join(["a", *names]), encoding="gb18030")))

        assert rows == [(name,) for name in names]


class TestRows:
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_separator_is_found_out(self, tmp_path: Path, separator: str) -> None:
        text = _TEXT.replace(",", separator)

        assert cells_of(LeadFile(csv_file(tmp_path, text))) == _ROWS

    def test_quoted_cells_keep_separators_and_line_breaks(self, tmp_path: Path) -> None:
        file = LeadFile(csv_file(tmp_path, 'a,b\n"x, ""y""","line 1\nline 2"\n'))

        assert cells_of(file) == [('x, "y"', "line 1\nline 2")]

    def test_blank_rows_have_no_number(self, tmp_path: Path) -> None:
        file = LeadFile(csv_file(tmp_path, "a,b\n1,2\n\n , \n3,4\n"))
        survey = file.survey()

        numbers = [row.number for row in file.rows(survey)]

        assert numbers == [1, 2]
        assert survey.rows == 2

    def test_packed_file_is_read_like_any_other(self, tmp_path: Path) -> None:
        assert cells_of(LeadFile(gzip_file(tmp_path, _TEXT.encode()))) == _ROWS

    def test_file_that_changes_while_it_is_read_is_refused(self, tmp_path: Path) -> None:
        path = csv_file(tmp_path, _TEXT)
        file = LeadFile(path)
        rows = file.rows(file.survey())
        next(rows)

        csv_file(tmp_path, _TEXT + "x,y\n")

        with pytest.raises(FileRefused, match="CHANGED"):
            list(rows)


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "EMPTY"),
            ("\n\n", "EMPTY"),
            ("a,b,a\n1,2,3\n", "HEADER_TWICE"),
            ('a,b\n"open,2\n3,4\n', "MALFORMED"),
            ("a\n" + "x" * 40_000 + "\n", "CELL_TOO_LONG"),
            ("a\n" + "x," * 300_000 + "\n", "LINE_TOO_LONG"),
            ("a\n" + "," * 250 + "x\n", "TOO_MANY_COLUMNS"),
            ("a\nb\x00c\n", "NOT_TEXT"),
        ],
    )
    def test_file_is_refused_as_a_whole(self, tmp_path: Path, text: str, reason: str) -> None:
        assert _refusal(LeadFile(csv_file(tmp_path, text))) == reason

    def test_too_many_rows(self, tmp_path: Path) -> None:
        file = LeadFile(csv_file(tmp_path, "a\n1\n2\n3\n"), limits=Limits(rows=2))

        assert _refusal(file) == "TOO_MANY_ROWS"

    def test_too_large_a_file(self, tmp_path: Path) -> None:
        assert _refusal(LeadFile(csv_file(tmp_path, _TEXT), limits=Limits(file_bytes=10))) == "TOO_LARGE"

    def test_unknown_kind(self, tmp_path: Path) -> None:
        with pytest.raises(FileRefused, match="UNKNOWN_KIND"):
            LeadFile(tmp_path / "leads.xls")

    def test_spreadsheet_under_the_name_of_a_text(self, tmp_path: Path) -> None:
        path = tmp_path / "leads.csv"
        path.write_bytes(b"PK\x03\x04 and so on")

        assert _refusal(LeadFile(path)) == "NOT_TEXT"

    def test_missing_file(self, tmp_path: Path) -> None:
        assert _refusal(LeadFile(tmp_path / "none.csv")) == "MISSING"

    def test_folder(self, tmp_path: Path) -> None:
        (tmp_path / "folder.csv").mkdir()

        assert _refusal(LeadFile(tmp_path / "folder.csv")) == "NOT_A_FILE"

    def test_pipe_is_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.csv")

        assert _refusal(LeadFile(tmp_path / "pipe.csv")) == "NOT_A_FILE"


class TestBombs:
    def test_text_that_packs_too_well(self, tmp_path: Path) -> None:
        bomb = gzip_file(tmp_path, b"a,b\n" + b"0,0\n" * 5_000_000)

        assert _refusal(LeadFile(bomb)) == "RATIO_TOO_LARGE"

    def test_text_that_unpacks_to_too_much(self, tmp_path: Path) -> None:
        packed = gzip_file(tmp_path, b"a,b\n" + os.urandom(50_000).hex().encode() + b"\n")

        assert _refusal(LeadFile(packed, limits=Limits(unpacked_bytes=20_000))) == "UNPACKED_TOO_LARGE"

    @pytest.mark.parametrize("damage", [lambda packed: packed[:-20], lambda packed: packed[:40] + b"?" * 40])
    def test_broken_archive(self, tmp_path: Path, damage: object) -> None:
        path = gzip_file(tmp_path, os.urandom(5_000).hex().encode())
        path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]  # a parameter

        assert _refusal(LeadFile(path)) == "BROKEN_ARCHIVE"


def _refusal(file: LeadFile) -> str:
    with pytest.raises(FileRefused) as refused:
        file.survey()
    return refused.value.reason
