"""Every alert has a page, and what the page tells somebody to call is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import metric_names as names
from support.chart_files import ROOT, alerts
from throughline_cli.application import command_tree, walk
from throughline_cli.catalogue import Texts

_FOLDER = ROOT / "docs" / "operations" / "runbooks"
_PAGES = sorted(_FOLDER.glob("*.md"))
_COMMAND = re.compile(r"`throughline ([^`]+)`")
_ROUTE = re.compile(r"`(GET|POST) (/v1/[^`]+)`")
_LINK = re.compile(r"\]\(([^)#]+)\)")


def test_every_alert_links_to_a_page_of_its_own() -> None:
    for alert in alerts():
        page = ROOT / alert["annotations"]["runbook"]
        assert page == _FOLDER / f"{alert['alert']}.md"
        assert page.is_file(), f"{alert['alert']} has no page"


def test_no_page_is_left_over_and_all_are_listed() -> None:
    known = {alert["alert"] for alert in alerts()}

    assert {page.stem for page in _PAGES} == known | {"README"}
    listed = re.findall(r"^\| \[(\w+)\]", (_FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(known)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    for command in _COMMAND.findall(text):
        _assert_known(command.split())
    routes = {(method, path) for method, path in _routes()}
    for method, path in _ROUTE.findall(text):
        assert (method, path) in routes
    for link in _LINK.findall(text):
        assert (page.parent / link).resolve().is_file(), link
    if page.stem != "README":
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["What it means", "What to look at", "What to do"]


_TREE: dict[str, Any] = dict(walk(command_tree(Texts())))


def _assert_known(words: list[str]) -> None:
    path = "throughline"
    while words and f"{path} {words[0]}" in _TREE:
        path = f"{path} {words.pop(0)}"
    assert path != "throughline", f"no such command: {words}"
    assert not hasattr(_TREE[path], "commands"), f"{path} is a group"
    options = {option for parameter in _TREE[path].params for option in parameter.opts}
    for word in words:
        if word.startswith("--"):
            assert word in options, f"{path} has no {word}"


def _routes() -> Iterator[tuple[str, str]]:
    for file in (ROOT / "proto").rglob("*.proto"):
        for method, path in re.findall(r'\b(get|post): "([^"]+)"', file.read_text(encoding="utf-8")):
            yield method.upper(), path


def test_pages_name_events_of_logs_that_are_logged() -> None:
    sources = [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    logged = set(re.findall(r'\blog\.\w+\(\s*"([a-z_.]+)"', "\n".join(s.read_text(encoding="utf-8") for s in sources)))
    told = {
        name
        for page in _PAGES
        for name in re.findall(r"`([a-z]+\.[a-z_]+)`", page.read_text(encoding="utf-8"))
        if name not in {str(metric) for metric in names.METRICS}
    }

    assert told - logged <= {"min.insync"}
