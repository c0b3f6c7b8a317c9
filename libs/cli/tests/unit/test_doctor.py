"""What `doctor` finds, and what it says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from embedded.services import SERVICES
from throughline_cli.catalogue import Texts
from throughline_cli.doctor.findings import Host, of_backlog, of_host, of_process
from throughline_cli.failures import Exit

from ..command_line import CommandLine
from ..fake_gateway import FakeGateway, problem

_WELL: dict[str, Any] = {
    "outbox_pending": "3",
    "outbox_oldest_s": 0.2,
    "dead_letters_waiting": "0",
    "dead_letters_dead": "0",
    "timers_due": "1",
    "timers_late_s": 0.1,
    "timers_dead": "0",
    "consumers": [{"consumer": "collab.notifications", "lag": "4", "lag_s": 0.5}],
    "clock_skew_s": 0.01,
}
_EQUAL: dict[str, Any] = {"checks": [], "differences": "0", "unanswered": 0}


def a_gateway(**ill: dict[str, Any] | httpx.Response) -> FakeGateway:
    """Every service is well but those that are named, with what they answer with."""

    def answer(request: httpx.Request, _: dict[str, Any]) -> httpx.Response | None:
        service = request.url.path.split("/")[3]
        given = ill.get(service, {})
        if service == "reconciliation":
            return httpx.Response(200, json=_EQUAL | (given if isinstance(given, dict) else {}))
        return given if isinstance(given, httpx.Response) else httpx.Response(200, json=_WELL | given)

    return FakeGateway(before=answer)


def test_a_suite_that_is_well_has_no_findings(tmp_path: Path) -> None:
    gateway = a_gateway()

    ended = CommandLine(tmp_path, gateway)("doctor", "--json")

    assert (ended.status, ended.json) == (Exit.DONE, {"healthy": True, "findings": []})
    backlogs = [f"/v1/operations/{service}/backlog" for service in SERVICES]
    assert gateway.paths() == [*backlogs, "/v1/operations/reconciliation"]


def test_each_thing_that_is_wrong_is_named_with_what_to_do(tmp_path: Path) -> None:
    gateway = a_gateway(
        collab={"outbox_oldest_s": 90, "dead_letters_dead": "2"},
        scoring=problem(503, "UNREACHABLE", "scoring does not answer"),
    )

    ended = CommandLine(tmp_path, gateway)("doctor", "--json")

    assert ended.status == Exit.FAILED
    found = [(finding["place"], finding["code"]) for finding in ended.json["findings"]]
    assert found == [("collab", "outbox"), ("collab", "dead_letters_dead"), ("scoring", "unreachable")]
    assert all(finding["what"] and finding["do"] for finding in ended.json["findings"])
    assert "dead-letters list --service collab" in ended.json["findings"][1]["do"]


def test_people_read_it_in_their_language(tmp_path: Path) -> None:
    gateway = a_gateway(pipeline={"timers_late_s": 3600, "timers_due": "7"})

    ended = CommandLine(tmp_path, gateway)("doctor", locale="zh-CN")

    assert "7 个期限已到未执行" in ended.out


@pytest.mark.parametrize(
    ("ill", "code"),
    [
        ({"outbox_oldest_s": 61}, "outbox"),
        ({"timers_late_s": 61}, "timers_late"),
        ({"timers_dead": "1"}, "timers_dead"),
        ({"dead_letters_waiting": "1"}, "dead_letters_waiting"),
        ({"clock_skew_s": -6.0}, "clock"),
        ({"consumers": [{"consumer": "x", "lag": "9", "lag_s": 61}]}, "lag"),
    ],
)
def test_what_waits_too_long_is_found(ill: dict[str, Any], code: str) -> None:
    assert [finding.code for finding in of_backlog("collab", _WELL | ill)] == [code]


def test_a_full_machine_and_a_process_that_is_down_are_found() -> None:
    found = [*of_host(Host(disk_free=10, memory_free=10)), *of_process("broker", "restarting", "port taken")]

    assert [finding.code for finding in found] == ["disk", "memory", "process"]
    assert list(of_host(Host(disk_free=2**40, memory_free=None))) == []
    texts = Texts("en")
    assert "port taken" in texts("doctor.process", **found[2].values)


def test_services_that_differ_are_found(tmp_path: Path) -> None:
    differing = {"code": "LEAD_OWNERS", "owner": "lead-router", "copy": "scoring", "differences": "3"}
    equal = {"code": "PEOPLE", "owner": "collab", "copy": "scoring", "differences": "0"}
    gateway = a_gateway(reconciliation={"checks": [differing, equal], "differences": "3"})

    ended = CommandLine(tmp_path, gateway)("doctor", "--json")

    assert ended.status == Exit.FAILED
    [finding] = ended.json["findings"]
    assert (finding["place"], finding["code"], finding["values"]["count"]) == ("scoring", "differences", 3)
    assert "owners of leads: 3 records" in finding["what"]
    assert "reconcile" in finding["do"]
