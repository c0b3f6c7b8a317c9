"""`import leads`: chunks, resumption after a kill, outcomes, the file of refused rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import httpx
import pytest

from throughline_cli.failures import Exit

from ..command_line import CommandLine
from ..fake_gateway import FakeGateway, Json, problem
from ..files import csv_file

_MAPPING = '[fields]\n"identity.company" = "公司"\n"identity.phone" = "电话"\n"origin.source" = { constant = "test" }\n'


@pytest.fixture
def throughline(tmp_path: Path) -> CommandLine:
    (tmp_path / "mapping.toml").write_text(_MAPPING, encoding="utf-8")
    return CommandLine(tmp_path)


class TestSending:
    def test_rows_go_in_numbered_chunks_and_the_import_is_finished(self, throughline: CommandLine) -> None:
        ended = _import(throughline, _file(throughline, 450), "--json")

        chunks = throughline.gateway.sent(":rows")
        assert ended.status == Exit.DONE
        assert [len(chunk["rows"]) for chunk in chunks] == [200, 200, 50]
        assert [int(row["row_number"]) for chunk in chunks for row in chunk["rows"]] == list(range(1, 451))
        assert (ended.json["state"], ended.json["rows"], ended.json["created"]) == ("FINISHED", "450", "450")

    def test_dry_run_says_so(self, throughline: CommandLine) -> None:
        ended = _import(throughline, _file(throughline, 3), "--dry-run")

        assert ended.status == Exit.DONE
        assert "nothing was kept" in ended.out
        assert [body["dry_run"] for body in throughline.gateway.sent("/v1/lead-imports")] == [True]

    def test_the_same_file_again_sends_nothing(self, throughline: CommandLine) -> None:
        file = _file(throughline, 10)
        _import(throughline, file)
        sent = len(throughline.gateway.sent(":rows"))

        ended = _import(throughline, file, "--json")

        assert ended.json["state"] == "FINISHED"
        assert len(throughline.gateway.sent(":rows")) == sent

    def test_another_mapping_makes_another_import(self, throughline: CommandLine) -> None:
        file = _file(throughline, 1)
        _import(throughline, file)
        (throughline.folder / "mapping.toml").write_text(_MAPPING.replace("test", "other"), encoding="utf-8")

        _import(throughline, file)

        assert len(throughline.gateway.imports) == 2

    def test_name_of_the_file_goes_without_its_folder(self, throughline: CommandLine) -> None:
        _import(throughline, _file(throughline, 1))

        assert throughline.gateway.sent("/v1/lead-imports")[0]["file_name"] == "leads.csv"


class TestResuming:
    def test_a_killed_import_goes_on_at_the_first_row_without_outcome(self, throughline: CommandLine) -> None:
        file = _file(throughline, 450)
        throughline.gateway.before = _Fails(on="-400:")
        assert _import(throughline, file).status == Exit.FAILED
        throughline.gateway.before = lambda request, body: None

        ended = _import(throughline, file, "--json")

        assert (ended.status, ended.json["resumed_at"], ended.json["rows"]) == (Exit.DONE, 201, "450")
        numbers = [int(row["row_number"]) for chunk in throughline.gateway.sent(":rows")[2:] for row in chunk["rows"]]
        assert numbers == list(range(201, 451))

    def test_a_cut_connection_repeats_the_chunk_under_its_key(self, throughline: CommandLine) -> None:
        throughline.gateway.before = _Fails(on="-200:", how="cut after", times=1)

        ended = _import(throughline, _file(throughline, 200), "--json")

        first, second = throughline.gateway.sent(":rows")
        assert ended.status == Exit.DONE
        assert first == second

    def test_a_busy_gateway_is_asked_again(self, throughline: CommandLine) -> None:
        throughline.gateway.before = _Fails(on="-5:", how="busy", times=2)

        assert _import(throughline, _file(throughline, 5)).status == Exit.DONE


class TestRefusedRows:
    def test_refused_rows_are_written_beside_the_file_with_their_cells(self, throughline: CommandLine) -> None:
        lines = ["公司,电话", "甲医院,1", "乙医院,2,3", f"{'长' * 30},=4", "丙医院,5"]
        file = csv_file(throughline.folder, "\n".join(lines))

        ended = _import(throughline, file, "--json")

        assert ended.status == Exit.ROWS_REFUSED
        assert (ended.json["created"], ended.json["rejected"]) == ("2", "2")
        with (throughline.folder / "leads.csv.errors.csv").open(encoding="utf-8-sig", newline="") as errors:
            rows = list(csv.reader(errors))
        assert rows[0] == ["row_number", "reason", "detail", "公司", "电话"]
        assert rows[1][0] == "2"
        assert rows[1][3:] == ["乙医院", "2", "3"]
        assert rows[2] == ["3", "INVALID_ROW", "identity.company: too long", "长" * 30, "'=4"]

    def test_a_row_that_breaks_the_contract_stops_no_other(self, throughline: CommandLine) -> None:
        lines = [f"{'长' * 30 if number % 7 == 0 else '医院'},{number}" for number in range(1, 300)]

        ended = _import(throughline, csv_file(throughline.folder, "\n".join(["公司,电话", *lines])), "--json")

        assert (ended.json["rows"], ended.json["rejected"]) == ("299", "42")

    def test_errors_can_be_fetched_later(self, throughline: CommandLine) -> None:
        file = csv_file(throughline.folder, f"公司,电话\n{'长' * 30},1\n")
        import_id = _import(throughline, file, "--json").json["import_id"]
        (throughline.folder / "leads.csv.errors.csv").unlink()
        mapping = throughline.folder / "mapping.toml"

        listed = throughline("import", "errors", import_id, "--json")
        written = throughline("import", "errors", import_id, "--file", file, "--mapping", mapping, "--json")

        assert [row["row_number"] for row in listed.json] == [1]
        assert Path(written.json["errors_file"]).exists()

    def test_errors_of_another_file_are_not_mixed_up(self, throughline: CommandLine) -> None:
        import_id = _import(throughline, _file(throughline, 1), "--json").json["import_id"]
        other = csv_file(throughline.folder, "公司,电话\nx,1\n", name="other.csv")
        mapping = throughline.folder / "mapping.toml"

        ended = throughline("import", "errors", import_id, "--file", other, "--mapping", mapping)

        assert ended.status == Exit.CONFLICT


class TestOtherCommands:
    def test_status_and_undo(self, throughline: CommandLine) -> None:
        import_id = _import(throughline, _file(throughline, 2), "--json").json["import_id"]

        status = throughline("import", "status", import_id, "--json")
        undone = throughline("import", "undo", import_id, "--reason", "wrong file", "--json")

        assert status.json["state"] == "FINISHED"
        assert undone.json["state"] == "UNDONE"

    def test_unknown_import(self, throughline: CommandLine) -> None:
        ended = throughline("import", "status", "0190f3c4-0000-7000-8000-000000000000")

        assert ended.status == Exit.NOT_FOUND
        assert "NOT_FOUND" in ended.err


class TestFaults:
    def test_file_that_cannot_be_read(self, throughline: CommandLine) -> None:
        ended = _import(throughline, throughline.folder / "none.csv")

        assert ended.status == Exit.UNREADABLE
        assert "none.csv" in ended.err
        assert throughline.gateway.paths() == []

    def test_mapping_that_does_not_fit_names_all_missing_columns(self, throughline: CommandLine) -> None:
        ended = _import(throughline, csv_file(throughline.folder, "a,b\n1,2\n"))

        assert ended.status == Exit.UNREADABLE
        assert "公司" in ended.err
        assert "电话" in ended.err

    def test_faults_for_programs_are_json(self, throughline: CommandLine) -> None:
        ended = _import(throughline, throughline.folder / "none.csv", "--json")

        assert ended.out == ""
        assert '"reason": "file.MISSING"' in ended.err

    def test_problems_show_every_violation(self, throughline: CommandLine) -> None:
        violations: list[Json] = [{"field": "a", "message": "bad"}, {"field": "b", "message": "worse"}]
        throughline.gateway.before = lambda request, body: problem(403, "FORBIDDEN", "Not for you", violations)

        ended = _import(throughline, _file(throughline, 1))

        assert ended.status == Exit.FORBIDDEN
        for part in ("Not for you", "a: bad", "b: worse"):
            assert part in ended.err


class _Fails:
    """Fails requests whose idempotency key holds a text."""

    def __init__(self, *, on: str, how: str = "error", times: int = 1_000) -> None:
        self._on = on
        self._how = how
        self._left = times

    def __call__(self, request: httpx.Request, body: Json) -> httpx.Response | None:
        if self._on not in str(body.get("request_id", "")) or self._left == 0:
            return None
        self._left -= 1
        if self._how == "busy":
            return problem(503, "UNREACHABLE", "later")
        if self._how == "cut after":
            raise httpx.ReadError("cut", request=request)
        return problem(500, "INTERNAL", "broken")


def _file(throughline: CommandLine, rows: int) -> Path:
    lines = [f"医院{number},139{number:08d}" for number in range(1, rows + 1)]
    return csv_file(throughline.folder, "\n".join(["公司,电话", *lines]))


def _import(throughline: CommandLine, file: Path, *options: Any) -> Any:
    return throughline("import", "leads", file, "--mapping", throughline.folder / "mapping.toml", *options)


def test_chunks_stay_below_what_one_request_may_carry(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(_MAPPING + 'message = "留言"\n', encoding="utf-8")
    throughline = CommandLine(tmp_path, FakeGateway())
    lines = [f"医院{number},1,{'需' * 30_000}" for number in range(40)]

    _import(throughline, csv_file(tmp_path, "\n".join(["公司,电话,留言", *lines])))

    assert [len(chunk["rows"]) for chunk in throughline.gateway.sent(":rows")] == [11, 11, 11, 7]
