"""The operations pages name only what is there: commands, targets, settings, files, links, tests."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from chassis.command import ROLES
from chassis.settings import MigrationSettings
from throughline_cli.application import command_tree, walk
from throughline_cli.catalogue import Texts

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs" / "operations").rglob("*.md"), ROOT / "UPGRADING.md"])
SERVICES = ("collab", "gateway", "lead_router", "pipeline", "scoring")
_SETTING = re.compile(r"\b(" + "|".join(name.upper() for name in SERVICES) + r")_([A-Z][A-Z_]+)\b")
_OF_ALL = re.compile(r"`<P>([A-Z_]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_TEST = re.compile(r"`((?:libs|services|tests)/[\w./-]+\.py)(?:::(\w+))?`")
_CODE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"`((?:throughline|make) [^`]+)`")

_CALL = re.compile(r"\s*(?:[A-Z_]+=\S+ +)*((?:throughline|make|python -m) .*)")

page_by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def calls_in(page: Path) -> Iterator[list[str]]:
    """Every call of `throughline`, `make` or a service's module, word by word."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in _CODE.findall(text) for line in block.splitlines()]
    for line in [*lines, *_INLINE.findall(text)]:
        for part in re.split(r"&&|\|", line.partition(" #")[0]):
            if call := _CALL.match(part):
                yield shlex.split(call[1])


@cache
def commands() -> dict[str, Any]:
    return dict(walk(command_tree(Texts("en"))))


def fault_of(words: list[str]) -> str:
    """What is wrong with a call; empty where nothing is."""
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return "" if set(words[1:]) <= set(targets) else "no such target"
    if words[0] == "python":
        is_good = words[1] == "-m" and words[2] in SERVICES and words[3] in ROLES
        return "" if is_good else "no such service or role"
    return _fault_of_command(words)


def _fault_of_command(words: list[str]) -> str:
    path, rest = "throughline", words[1:]
    while rest and f"{path} {rest[0]}" in commands():
        path = f"{path} {rest.pop(0)}"
    command = commands()[path]
    if path == "throughline" or hasattr(command, "commands"):
        return "no such command"
    options = {option for parameter in command.params for option in parameter.opts}
    asked = {word.partition("=")[0] for word in rest if word.startswith("--")}
    return f"no option {sorted(asked - options)}" if asked - options else ""


@page_by_page
def test_every_command_is_one_that_can_be_called(page: Path) -> None:
    faults = {" ".join(words): fault for words in calls_in(page) if (fault := fault_of(words))}

    assert faults == {}


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("throughline events republish --service pipeline", ""),
        ("throughline events resend", "no such command"),
        ("throughline restore there --force", "no option ['--force']"),
        ("make demo", ""),
        ("make coffee", "no such target"),
        ("python -m pipeline migrate", ""),
        ("python -m pipeline upgrade", "no such service or role"),
    ],
)
def test_a_call_that_does_not_exist_is_found(call: str, fault: str) -> None:
    assert fault_of(call.split()) == fault


@page_by_page
def test_every_setting_is_one_that_is_read(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    unknown = {
        "_".join(found) for found in _SETTING.findall(text) if found[1].lower() not in settings_of(found[0].lower())
    }
    of_all = set(_OF_ALL.findall(text)) - {name.upper() for name in settings_of("scoring")}

    assert (unknown, of_all) == (set(), set())


@cache
def settings_of(service: str) -> set[str]:
    return set(import_module(f"{service}.settings").Settings.model_fields) | set(MigrationSettings.model_fields)


@page_by_page
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if not _leads_somewhere(page, link)]

    assert dead == []


def _leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith("https://"):
        return True  # nothing outside is asked
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in {_anchor_of(line) for line in target.read_text(encoding="utf-8").splitlines()}


def _anchor_of(line: str) -> str:
    """As it is made of a heading: small letters, no punctuation, dashes for spaces."""
    title = re.sub(r"^#+ +", "", line).strip().lower() if line.startswith("#") else ""
    return re.sub(r"[^\w\- ]", "", title).replace(" ", "-")


@page_by_page
def test_every_test_that_a_page_rests_on_is_there(page: Path) -> None:
    missing = []
    for path, name in _TEST.findall(page.read_text(encoding="utf-8")):
        file = ROOT / path
        is_there = file.is_file() and (
            not name or re.search(rf"^(async )?def {name}\(", file.read_text(encoding="utf-8"), re.MULTILINE)
        )
        if not is_there:
            missing.append(f"{path}::{name}" if name else path)

    assert missing == []


def test_every_control_names_its_risk_its_requirement_and_a_test() -> None:
    page = (ROOT / "docs" / "operations" / "security.md").read_text(encoding="utf-8")
    rows = [
        row.split("|")[1:-1] for row in page.splitlines() if row.startswith("| ") and not row.startswith("| control")
    ]

    faulty = [
        row[0].strip()
        for row in rows
        if not re.fullmatch(r"API\d+(, API\d+)*", row[1].strip())
        or not re.fullmatch(r"\d+\.\d+\.\d+(, \d+\.\d+\.\d+)*", row[2].strip())
        or not _TEST.search(row[3])
    ]
    risks = {risk for row in rows for risk in row[1].strip().split(", ")}

    assert faulty == []
    assert risks == {f"API{number}" for number in range(1, 11)}


@page_by_page
def test_nothing_is_said_to_have_run_in_a_cluster(page: Path) -> None:
    assert "cluster-tested" not in page.read_text(encoding="utf-8")


@page_by_page
def test_files_of_the_chart_that_a_page_names_are_there(page: Path) -> None:
    if not (ROOT / "helm").is_dir():
        pytest.skip("this checkout has no chart")
    named = set(re.findall(r"\bhelm/[\w./-]+", page.read_text(encoding="utf-8")))

    assert {name for name in named if not (ROOT / name).exists()} == set()
