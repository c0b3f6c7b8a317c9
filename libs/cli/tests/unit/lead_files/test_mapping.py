"""Mappings: what they may say, and what becomes of a row under them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from throughline_cli.lead_files.lead_file import FileRow
from throughline_cli.lead_files.mapping import Mapping, MappingInvalid
from throughline_cli.lead_files.submissions import ReadRow, RowReader

_PATH = Path("mapping.toml")
_SOURCE = {"origin.source": {"constant": "test"}}


class TestMappingFile:
    def test_short_form_names_the_column_alone(self, tmp_path: Path) -> None:
        (tmp_path / "m.toml").write_text('[fields]\n"origin.source" = "来源"\n', encoding="utf-8")

        mapping = Mapping.load(tmp_path / "m.toml")

        assert mapping.fields["origin.source"].column == "来源"

    def test_every_fault_is_named(self) -> None:
        document = {
            "file": {"encoding": "klingon", "zone": "Mars/Olympus", "colour": "red"},
            "fields": {
                "identity.company": {"column": "a", "constant": "b"},
                "identity.shoe_size": "c",
                "profile.amount": {"column": "d", "unit": -1, "currency": "yuan"},
            },
        }

        with pytest.raises(MappingInvalid) as invalid:
            Mapping.parse(document, _PATH)

        told = "\n".join(invalid.value.details)
        for place in (
            "encoding",
            "zone",
            "colour",
            "identity.company",
            "profile.amount.unit",
            "profile.amount.currency",
        ):
            assert place in told

    def test_unknown_fields_and_a_missing_source_are_named(self) -> None:
        with pytest.raises(MappingInvalid) as invalid:
            Mapping.parse({"fields": {"identity.shoe_size": "c", "form.": "d"}}, _PATH)

        assert [line.split(":")[0] for line in invalid.value.details] == [
            "fields.identity.shoe_size",
            "fields.form.",
            "fields.origin.source",
        ]

    @pytest.mark.parametrize("content", [b"[fields", b"\xff\xfe", b"x" * 2_000_000])
    def test_file_that_is_no_mapping(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "m.toml").write_bytes(content)

        with pytest.raises(MappingInvalid):
            Mapping.load(tmp_path / "m.toml")

    def test_missing_columns_are_named_all_at_once(self) -> None:
        mapping = _mapping({"identity.company": "公司", "identity.phone": "电话", **_SOURCE})

        with pytest.raises(MappingInvalid) as invalid:
            RowReader(mapping, ["姓名"], _PATH)

        assert [line.split(":")[0] for line in invalid.value.details] == ["公司", "电话"]


class TestRows:
    def test_columns_constants_and_free_fields_make_a_submission(self) -> None:
        fields = {"identity.company": "公司", "form.需求科室": "科室", "custom.batch": {"constant": "7"}, **_SOURCE}

        row = _read(fields, {"公司": " 杭州甲医院 ", "科室": "放射科"})

        assert row.submission == {
            "identity": {"company": "杭州甲医院"},
            "origin": {"source": "test"},
            "form": {"需求科室": "放射科"},
            "custom": {"batch": "7"},
        }

    @pytest.mark.parametrize(("cell", "expected"), [("", None), ("Select", None), ("select", "select"), ("n/a", None)])
    def test_missing_values_leave_the_field_out(self, cell: str, expected: str | None) -> None:
        rule = {"column": "a", "missing": ["n/a"]}

        row = _read({"identity.city": rule, **_SOURCE}, {"a": cell}, file={"missing": ["Select"]})

        assert (row.submission or {}).get("identity", {}).get("city") == expected

    @pytest.mark.parametrize(("cell", "expected"), [("google", "Google"), ("GOOGLE", "Google"), ("Bing", "Bing")])
    def test_values_are_mapped_without_regard_to_case(self, cell: str, expected: str) -> None:
        rule = {"column": "a", "values": {"google": "Google"}, "ignore_case": True}

        assert _read({"origin.source": rule}, {"a": cell}).submission == {"origin": {"source": expected}}

    @pytest.mark.parametrize(
        ("otherwise", "expected"), [("keep", {"source": "x"}), ("missing", {"source": "unknown"}), ("refuse", None)]
    )
    def test_unmapped_values_are_kept_or_missing_or_refused(self, otherwise: str, expected: object) -> None:
        rule = {"column": "a", "values": {"y": "z"}, "otherwise": otherwise, "default": "unknown"}

        row = _read({"origin.source": rule}, {"a": "x"})

        assert (row.submission or {}).get("origin") == expected

    @pytest.mark.parametrize(
        ("cell", "unit", "amount"),
        [("1,200", 1, "1200.00"), ("￥3.5", 10_000, "35000.00"), ("12.345", 1, "12.34"), ("0", 1, "0.00")],
    )
    def test_amounts(self, cell: str, unit: int, amount: str) -> None:
        rule = {"column": "a", "unit": unit}

        row = _read({"profile.amount": rule, **_SOURCE}, {"a": cell})

        assert (row.submission or {})["profile"]["amount"] == {"currency": "CNY", "amount": amount}

    @pytest.mark.parametrize(
        ("cell", "rule", "expected"),
        [
            ("2026-03-02", {}, "2026-03-01T16:00:00Z"),
            ("2026-03-02T09:30:00Z", {}, "2026-03-02T09:30:00Z"),
            ("02/03/2026 09:30", {"time_format": "%d/%m/%Y %H:%M"}, "2026-03-02T01:30:00Z"),
        ],
    )
    def test_times_without_an_offset_are_in_the_zone_of_the_file(self, cell: str, rule: Any, expected: str) -> None:
        row = _read({"profile.trial_ends_at": {"column": "a", **rule}, **_SOURCE}, {"a": cell})

        assert (row.submission or {})["profile"]["trial_ends_at"] == expected

    def test_flags_segments_and_lists(self) -> None:
        fields = {
            "profile.compares_competitors": "a",
            "profile.segment": {"column": "b", "values": {"大客户": "KA"}},
            "origin.attachment_types": {"column": "c", "list_separator": "|"},
            **_SOURCE,
        }

        row = _read(fields, {"a": "是", "b": "大客户", "c": "tender | photo|"})

        assert (row.submission or {})["profile"] == {"compares_competitors": True, "segment": "KA"}
        assert (row.submission or {})["origin"]["attachment_types"] == ["tender", "photo"]

    def test_every_fault_of_a_row_is_named(self) -> None:
        fields = {
            "profile.amount": "金额",
            "profile.segment": "规模",
            "profile.trial_ends_at": "试用",
            "profile.compares_competitors": "竞品",
            "message": "留言",
            **_SOURCE,
        }

        row = _read(fields, {"金额": "viel", "规模": "XL", "试用": "soon", "竞品": "vielleicht", "留言": "a\x07b"})

        assert row.submission is None
        for column in ("金额", "规模", "试用", "竞品", "留言"):
            assert column in row.fault

    @pytest.mark.parametrize("cell", ["NaN", "Infinity", "-5", "1e400", "9" * 20])
    def test_amounts_that_are_none(self, cell: str) -> None:
        assert _read({"profile.amount": "a", **_SOURCE}, {"a": cell}).submission is None

    def test_row_with_more_cells_than_columns_is_refused(self) -> None:
        reader = RowReader(_mapping({"identity.company": "a", **_SOURCE}), ["a"], _PATH)

        assert "2 cells" in reader.read(FileRow(1, ("x", "y"))).fault

    def test_short_row_lacks_its_last_cells(self) -> None:
        reader = RowReader(_mapping({"identity.company": "a", "identity.phone": "b", **_SOURCE}), ["a", "b"], _PATH)

        assert reader.read(FileRow(1, ("x",))).submission == {
            "identity": {"company": "x"},
            "origin": {"source": "test"},
        }

    def test_apostrophe_of_an_errors_file_is_taken_off(self) -> None:
        row = _read({"identity.phone": "a", **_SOURCE}, {"a": "'+86 13900000001"})

        assert (row.submission or {})["identity"]["phone"] == "+86 13900000001"


def _mapping(fields: dict[str, Any], file: dict[str, Any] | None = None) -> Mapping:
    return Mapping.parse({"file": file or {}, "fields": fields}, _PATH)


def _read(fields: dict[str, Any], cells: dict[str, str], *, file: dict[str, Any] | None = None) -> ReadRow:
    reader = RowReader(_mapping(fields, file), list(cells), _PATH)
    return reader.read(FileRow(1, tuple(cells.values())))
