"""A whole suite is backed up, worked on, and gets one database back: who owns a thing is believed again."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from support.shared import SharedFolder

from .command_line import CommandLine

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

# What owners say, and what copies of theirs say elsewhere: rows of id, state and owner that have to be equal.
_OWN_LEADS = "SELECT id::text, state, owner_id::text FROM lead"
_TOLD_LEADS = "SELECT lead_id::text, state, owner_id::text FROM lead_standing"
_OWN_OPPORTUNITIES = "SELECT id::text, state, owner_id::text, stage FROM opportunity"
_TOLD_OPPORTUNITIES = (
    "SELECT DISTINCT ON (opportunity_id) opportunity_id::text, state, owner_id::text, stage FROM opportunity_progress"
    " ORDER BY opportunity_id, version DESC"
)
_OWN_PEOPLE = "SELECT id::text, team_id::text FROM person"
_TOLD_PEOPLE = "SELECT person_id::text, team_id::text FROM directory_person"
_HISTORIES = (
    ("collab", "SELECT id::text FROM timeline_entry"),
    ("collab", "SELECT id::text FROM notification"),
    ("scoring", "SELECT event_id::text FROM fact"),
)
_SNAPSHOTS = "SELECT event_id::text FROM fact WHERE type LIKE '%Snapshot' OR type LIKE '%Changed'"

Rows = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Books:
    """The databases of a running suite, read by a superuser."""

    folder: Path

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """What a database answers."""
        password = json.loads((self.folder / "credentials.json").read_text(encoding="utf-8"))["postgres"]
        port = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))["ports"]["postgres"]

        async def ask() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/{database}")
            try:
                return [tuple(row) for row in await connection.fetch(query)]
            finally:
                await connection.close()

        return asyncio.run(ask())

    def by_id(self, database: str, query: str) -> Rows:
        """Rows by their first column."""
        return {row[0]: row[1:] for row in self.rows(database, query)}


@pytest.fixture
def throughline(shared_folder: SharedFolder) -> Iterator[CommandLine]:
    folder = shared_folder.path / "restore-data"
    shared_folder.remember_suite(folder)
    command_line = CommandLine(folder)
    command_line("demo", "--leads", "300", "--days", "2")
    yield command_line
    command_line("down")


def _assigned(throughline: CommandLine) -> list[Any]:
    leads: list[Any] = throughline.get("/v1/leads?states=ASSIGNED&page_size=200")["leads"]
    return [lead for lead in leads if lead["identity"]["company"]]


def _subjects(throughline: CommandLine) -> dict[str, str]:
    return {one["person_id"]: one["subject"] for one in throughline.get("/v1/people?page_size=200")["people"]}


def _convert(throughline: CommandLine, lead: Any) -> Any:
    subject = _subjects(throughline)[lead["owner_id"]]
    wish = {"title": "影像设备采购", "new_customer": True}
    return throughline.post(f"/v1/leads/{lead['lead_id']}:convert", wish, subject=subject)["conversion"]


def _lose(throughline: CommandLine, opportunity_id: str) -> None:
    """The opportunity is lost: a fact that its owner will forget."""
    opportunity = throughline.get(f"/v1/opportunities/{opportunity_id}")["opportunity"]
    subject = _subjects(throughline)[opportunity["owner_id"]]
    loss = {"version": opportunity["version"], "loss_reason": "PRICE", "note": "价格过高"}
    throughline.post(f"/v1/opportunities/{opportunity_id}:lose", loss, subject=subject)


def _settle(throughline: CommandLine) -> None:
    throughline("clock", "forward", "1s")


def _unequal(own: Rows, told: Rows) -> dict[str, Any]:
    """Things of the owner that a copy tells otherwise, or not at all."""
    return {each: (row, told.get(each)) for each, row in own.items() if told.get(each) != row}


def _assert_at_rest(throughline: CommandLine, books: Books) -> None:
    """Copies equal their owners, nothing is parked, no lead is unaccounted for, every audit is whole."""
    leads, people = books.by_id("lead_router", _OWN_LEADS), books.by_id("collab", _OWN_PEOPLE)
    told_leads = books.by_id("pipeline", _TOLD_LEADS)
    # A merged lead tells nobody: it has become another one.
    assert _unequal({k: v for k, v in leads.items() if v[0] != "merged" and k in told_leads}, told_leads) == {}
    assert {k for k, v in leads.items() if v[0] in {"assigned", "converted"}} <= set(told_leads)
    opportunities = books.by_id("pipeline", _OWN_OPPORTUNITIES)
    assert _unequal(opportunities, books.by_id("scoring", _TOLD_OPPORTUNITIES)) == {}
    for service in ("lead_router", "pipeline", "scoring", "gateway"):
        assert _unequal(people, books.by_id(service, _TOLD_PEOPLE)) == {}
    assert throughline.json("dead-letters", "list") == []
    assert throughline.get("/v1/leads:conservation")["gap"] == "0"
    for service in ("collab", "lead-router", "pipeline", "scoring"):
        assert throughline.get(f"/v1/operations/{service}/audit:verify")["valid"]


def _histories(books: Books) -> list[set[str]]:
    return [set(books.by_id(database, query)) for database, query in _HISTORIES]


def test_one_database_older_than_the_others_finds_back_into_the_suite(
    throughline: CommandLine, shared_folder: SharedFolder, tmp_path: Path
) -> None:
    books, backup = Books(throughline.folder), str(tmp_path / "backup.tar")
    first, second, third, *_ = _assigned(throughline)
    kept = _convert(throughline, first)["opportunity_id"]
    _settle(throughline)

    throughline("backup", backup)
    gone = _convert(throughline, second)["opportunity_id"]
    _lose(throughline, kept)
    _settle(throughline)
    told = books.by_id("scoring", _TOLD_OPPORTUNITIES)
    assert (told[kept][0], gone in told) == ("lost", True)
    before = _histories(books)

    # The pipeline forgets: one opportunity is open again, the other has never been.
    restored = throughline.json("restore", backup, "--only", "pipeline", "--replace")
    throughline("up")
    _settle(throughline)

    _assert_at_rest(throughline, books)
    told = books.by_id("scoring", _TOLD_OPPORTUNITIES)
    assert told[kept][0] == "open"
    assert restored["lost"]["pipeline"]["kinds"]["OpportunityCreated"] == 1
    listed = json.loads(Path(restored["listed_in"]).read_text(encoding="utf-8"))["services"]["pipeline"]
    assert {gone, kept} <= {event["aggregate_id"] for event in listed["events"]}
    assert set(told) - set(books.by_id("pipeline", _OWN_OPPORTUNITIES)) == {gone}
    _assert_nothing_happened_twice(books, before)

    # What the owner does next is heard, although its versions are those of the facts that were lost.
    _lose(throughline, kept)
    _settle(throughline)
    assert books.by_id("scoring", _TOLD_OPPORTUNITIES)[kept][0] == "lost"

    # Now the owner of leads forgets, and hears again from the pipeline what it owns.
    throughline.json("restore", backup, "--only", "lead-router", "--replace")
    throughline("up")
    _settle(throughline)

    _assert_at_rest(throughline, books)
    assert books.by_id("pipeline", _TOLD_LEADS)[second["lead_id"]][0] == "assigned"
    _convert(throughline, third)
    _settle(throughline)
    assert books.by_id("pipeline", _TOLD_LEADS)[third["lead_id"]][0] == "converted"

    # And at last everything goes back, into a folder where there was nothing.
    throughline("down")
    elsewhere = CommandLine(throughline.folder.with_name("restore-elsewhere-data"))
    shared_folder.remember_suite(elsewhere.folder)
    elsewhere("restore", backup)
    shutil.copy(throughline.folder / "caller.json", elsewhere.folder)
    try:
        elsewhere("up")
        _settle(elsewhere)
        assert elsewhere.get("/v1/leads:conservation")["gap"] == "0"
        assert elsewhere.get(f"/v1/opportunities/{kept}")["opportunity"]["state"] == "OPEN"
    finally:
        elsewhere("down")


def _assert_nothing_happened_twice(books: Books, before: list[set[str]]) -> None:
    """Timeline and notifications hold what they held, and the warehouse besides only how things stand."""
    timeline, notifications, facts = _histories(books)
    assert timeline == before[0]
    assert notifications == before[1]
    assert facts - before[2] <= {row[0] for row in books.rows("scoring", _SNAPSHOTS)}
