"""`reconcile` shows what differs and what to do, and ends with 1 where anything does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from throughline_cli.failures import Exit

from ..command_line import CommandLine
from ..fake_gateway import FakeGateway

_EQUAL: dict[str, Any] = {
    "code": "PEOPLE",
    "owner": "collab",
    "copy": "scoring",
    "owner_records": "9",
    "copy_records": "9",
    "differences": "0",
    "has_more": False,
    "examples": [],
    "remedies": [],
    "unanswered": None,
}
_DIFFERING: dict[str, Any] = _EQUAL | {
    "code": "LEAD_OWNERS",
    "owner": "lead-router",
    "differences": "1",
    "examples": [{"tenant_id": "t", "record_id": "lead-1", "kind": "UNLIKE", "facts": ["owner_id"], "is_parked": True}],
    "remedies": [
        {"kind": "REPLAY_DEAD_LETTERS", "service": "scoring", "consumer": "scoring.warehouse", "aggregate": None},
        {"kind": "SNAPSHOT_EVENTS", "service": "lead-router", "consumer": None, "aggregate": "lead"},
    ],
}


def a_gateway(*checks: dict[str, Any]) -> FakeGateway:
    answer = {
        "checks": list(checks),
        "differences": str(sum(int(check["differences"]) for check in checks)),
        "unanswered": sum(1 for check in checks if check["unanswered"]),
    }
    return FakeGateway(before=lambda request, _: httpx.Response(200, json=answer))


def test_services_that_agree_end_well(tmp_path: Path) -> None:
    ended = CommandLine(tmp_path, a_gateway(_EQUAL))("reconcile")

    assert ended.status == Exit.DONE
    assert "No records differ." in ended.out


def test_what_differs_is_named_with_what_to_do(tmp_path: Path) -> None:
    ended = CommandLine(tmp_path, a_gateway(_EQUAL, _DIFFERING))("reconcile", "--check", "lead-owners")

    assert ended.status == Exit.FAILED
    assert "lead-1  unlike: owner_id, its events are parked" in ended.out
    assert "dead-letters replay scoring scoring.warehouse" in ended.out
    assert "events snapshot --service lead-router --aggregate lead" in ended.out


def test_a_check_that_could_not_be_made_is_no_success(tmp_path: Path) -> None:
    ended = CommandLine(tmp_path, a_gateway(_EQUAL | {"unanswered": "scoring"}))("reconcile", locale="zh-CN")

    assert ended.status == Exit.FAILED
    assert "scoring 无应答" in ended.out
