"""`restore` names every fault of a backup; after one, owners tell again, the restored ones last."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from throughline_cli.failures import Exit
from throughline_cli.gateway import Gateway, connect
from throughline_cli.refill import tell_again

from ..command_line import CommandLine
from ..fake_gateway import URL


class Desks:
    """The operations desks of all services; those named still have to tell since they were restored."""

    def __init__(self, *waiting: str) -> None:
        self.waiting = waiting
        self.told: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        service = request.url.path.split("/")[3]
        if request.url.path.endswith("/restorations"):
            times = [{"told_at": "2026-11-01T00:00:00Z"}]
            return httpx.Response(200, json={"restorations": times + [{"told_at": None}] * (service in self.waiting)})
        self.told.append(service)
        return httpx.Response(200, json={"events": "3"})

    def tell_again(self) -> int:
        with connect(URL, "en", transport=httpx.MockTransport(self)) as http:
            return tell_again(Gateway(http, lambda: "token"))


def test_after_a_restore_every_owner_tells_how_things_stand_and_the_restored_ones_last() -> None:
    desks = Desks("collab", "pipeline")

    events = desks.tell_again()

    assert events == 15
    assert desks.told == ["lead-router", "scoring", "gateway", "collab", "pipeline"]


def test_where_nothing_was_restored_nobody_tells_again() -> None:
    desks = Desks()

    assert (desks.tell_again(), desks.told) == (0, [])


def test_what_is_no_backup_is_refused_with_the_reason(tmp_path: Path) -> None:
    throughline = CommandLine(tmp_path)
    (tmp_path / "backup").mkdir()

    ended = throughline("restore", tmp_path / "backup", "--check")
    in_chinese = throughline("restore", tmp_path / "backup", "--check", locale="zh-CN")
    for_programs = throughline("restore", tmp_path / "nowhere.tar", "--check", "--json")

    assert (ended.status, in_chinese.status, for_programs.status) == (Exit.UNREADABLE,) * 3
    assert "There is no manifest.json" in ended.err
    assert "没有 manifest.json" in in_chinese.err
    assert len(json.loads(for_programs.err)["violations"]) == 1


def test_a_suite_that_was_never_started_has_nothing_to_back_up(tmp_path: Path) -> None:
    throughline = CommandLine(tmp_path)

    ended = throughline("backup", tmp_path / "backup")

    assert ended.status == Exit.UNREACHABLE
    assert not (tmp_path / "backup").exists()
