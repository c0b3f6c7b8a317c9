"""The main job through the front door: leads in, the right rep out, and the bell that rings."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from chassis import metric_names as names
from support.chart_files import expressions
from support.metrics_pages import exported, page, undeclared
from support.promql import every_selected
from support.waiting import eventually

from .command_line import CommandLine

pytestmark = [pytest.mark.xdist_group("end_to_end"), pytest.mark.timeout(900)]

_DEMO = ("demo", "--leads", "600", "--days", "2")


@pytest.fixture(scope="module")
def played(throughline: CommandLine) -> tuple[Any, Any]:
    """What the demo shows, and what it shows when it is run again."""
    return throughline.json(*_DEMO), throughline.json(*_DEMO)


def test_the_demo_runs_the_main_job_and_a_second_run_changes_nothing(played: tuple[Any, Any]) -> None:
    shown, again = played

    assert shown["decisions"]["count"] >= 20
    assert shown["this_run"]["refused"] == 0
    assert shown["conservation"]["gap"] == "0"
    assert shown["answered_example"]["follow_up"]
    assert again["this_run"]["created"] == again["this_run"]["follow_ups"] == 0
    assert again["conservation"] == shown["conservation"]


def test_what_follows_the_bell_is_played_through_the_api_and_only_once(played: tuple[Any, Any]) -> None:
    shown, again = played

    filed, models = shown["filed_follow_ups"], shown["lead_models"]
    verdicts = [follow_up["verdict"]["missing"] for follow_up in filed["follow_ups"] if follow_up["verdict"]]
    assert ["ACTION_ITEM", "NEW_DOCUMENT", "DECISION_CHAIN"] in verdicts
    assert {file["content_type"] for file in filed["files"]} == {"application/pdf", "image/png", "image/jpeg"}
    assert filed["lead"]["qualified_at"]
    assert len(shown["water_lines"]["lines"]) == 3
    assert models["models"][0]["report"]["judged_won"] >= 50
    assert [model["state"] for model in models["models"]] == ["LIVE", "RETIRED"]
    scores = [lead["score"]["log_odds"] for lead in models["leads"]]
    assert scores[0] == scores[2] != scores[1]
    for lead in models["leads"]:
        points = sum(int(reason["points"]) for reason in lead["score"]["reasons"])
        assert int(lead["score"]["base"]) + points == int(lead["score"]["log_odds"])
    assert again["lead_models"] == models
    assert len(again["filed_follow_ups"]["follow_ups"]) == len(filed["follow_ups"])


def test_a_customer_kept_twice_is_merged_with_reasons_and_parted_again(played: tuple[Any, Any]) -> None:
    shown = played[0]["second_customer"]
    if not shown:
        pytest.skip("nobody was converted on these two days")

    survivor, other = shown["customers"]
    told = {entry["kind"] for each in (survivor, other) for entry in each["timeline"]}
    assert shown["merge"]["undone_at"]
    assert other["customer"]["merged_into"] == ""
    assert told >= {"customer.merged", "customer.unmerged"}


def test_the_terms_of_every_candidate_add_up_to_its_total(played: tuple[Any, Any]) -> None:
    receipt = played[0]["receipt"]["receipt"]

    candidates = [candidate for candidate in receipt["candidates"] if candidate["terms"]]
    assert candidates
    for candidate in candidates:
        assert sum(int(term["amount"]) for term in candidate["terms"]) == int(candidate["total"])


@pytest.mark.usefixtures("played")
def test_after_48_hours_of_silence_the_owner_and_the_direct_supervisor_are_told(throughline: CommandLine) -> None:
    throughline("clock", "forward", "49h")

    shown = throughline.json(*_DEMO)
    silent = shown["silent_example"]
    assert int(shown["conservation"]["to_be_activated"]) == len(shown["silent"]) > 0
    assert silent["told_owner"]["kind"] == silent["told_supervisor"]["kind"] == "lead.fell_silent"
    assert silent["told_owner"]["resource"] == silent["told_supervisor"]["resource"]


_SELDOM = {
    names.SHED_REQUESTS: "nothing is refused",
    names.PROCESSES_INTERRUPTED: "no durable process is broken off",
    names.WEBHOOK_ATTEMPTS: "nobody has a webhook",
    names.DUPLICATES_DROPPED: "nothing comes twice",
    names.RECONCILIATION_DIFFERENCES: "services are compared a minute after the start, and hourly",
    names.RECONCILIATION_UNANSWERED: "as above",
    names.RECONCILIATION_AGE: "as above",
    names.LEAD_MODEL_AGE: "models are looked at every five minutes",
    names.LEAD_MODEL_DRIFT: "as above",
}
"""Metrics that a good run of some minutes may not show, and why."""


@pytest.mark.usefixtures("played")
def test_every_series_that_dashboards_and_alerts_name_is_exported(throughline: CommandLine) -> None:
    addresses = throughline.json("status")["endpoints"]["metrics"]

    series = exported(page(address) for address in addresses.values())

    assert undeclared(series) == []
    asked = {each.name for each in every_selected(expression for _, expression in expressions())}
    seldom = {metric.exposed + part for metric in _SELDOM for part in ("", "_bucket", "_count", "_sum")}
    assert {name for name in asked if not name.startswith("slo:")} <= series.keys() | seldom


@pytest.mark.usefixtures("played")
def test_nothing_that_tells_of_a_person_stands_in_logs_or_metrics(throughline: CommandLine) -> None:
    canaries = {"person": "欧阳金丝雀", "phone": "13912345678", "email": "jin.si.que@canary.example"}
    submission = {"identity": {**canaries, "company": "金丝雀试验有限公司"}, "origin": {"source": "官网"}}

    for number in range(2):  # the second joins the first
        body = {"submission": submission, "request_id": f"canary-{number}"}
        assert throughline.post("/v1/leads", body, subject="")["lead"]["lead_id"]
    throughline("clock", "forward", "3h")  # its owner is warned, and everybody has heard of it

    told = {address: page(address) for address in throughline.json("status")["endpoints"]["metrics"].values()}
    told |= {log.name: log.read_text(encoding="utf-8") for log in (throughline.folder / "log").glob("*.log")}
    assert "lead-router.log" in told
    assert [(where, canary) for where, text in told.items() for canary in canaries.values() if canary in text] == []


def test_after_kill_9_of_everything_the_suite_comes_back_with_all_it_had(throughline: CommandLine) -> None:
    before = throughline.json(*_DEMO)
    supervisor = json.loads((throughline.folder / "supervisor.json").read_text())["pid"]
    pids = [int(process["pid"]) for process in throughline.json("status")["processes"]]

    for pid in [supervisor, *pids]:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: throughline.phase() in {"abandoned", "stopped"}, 30, what="all is dead")
    throughline("up")

    after = throughline.json(*_DEMO)
    assert after["conservation"] == before["conservation"]
    assert after["funnel"] == before["funnel"]
    assert after["this_run"]["created"] == 0


@pytest.mark.usefixtures("played")
def test_every_service_tells_the_same_of_every_record(throughline: CommandLine) -> None:
    found = throughline.json("reconcile")

    assert [check for check in found["checks"] if int(check["differences"])] == []
    assert found["unanswered"] == 0
    compared = {(check["code"], check["copy"]): check for check in found["checks"]}
    copies = [("LEAD_OWNERS", "pipeline"), ("LEAD_OWNERS", "scoring"), ("PEOPLE", "gateway"), ("PEOPLE", "lead-router")]
    for key in [("RECEIVED_LEADS", "lead-router"), *copies]:
        assert int(compared[key]["owner_records"]) == int(compared[key]["copy_records"]) > 0
