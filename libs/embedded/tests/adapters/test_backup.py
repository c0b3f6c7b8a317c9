"""Two services' databases on a server of their own, backed up, worked on, and brought back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.database import Database
from embedded import migration
from embedded.backup.faults import TargetTaken
from embedded.backup.manifest import Manifest
from embedded.backup.restoring import restore
from embedded.backup.server import Server, running_server
from embedded.backup.steps import Step
from embedded.backup.taking import back_up
from embedded.plan import Plan
from embedded.services import throughline_plan
from embedded.state import DataFolder
from embedded.suite import Suite
from support.events import outbox_records
from support.ledger import append
from support.shared import SharedFolder

# One suite stands for all of them, so one worker runs them.
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("quiet_logs"),
    pytest.mark.xdist_group("backup"),
]
TWO = ("collab", "pipeline")
_BEFORE_RESTORATIONS = "0011"
"""Pipeline's revision before there was a table of restorations. What came after it can be made twice."""


def _plan_of_two(folder: DataFolder) -> Plan:
    plan = throughline_plan(folder)
    return plan.model_copy(update={"services": tuple(each for each in plan.services if each.name in TWO)})


@dataclass(frozen=True, slots=True)
class Stand:
    """A suite of two services that are down, and its database server, which runs."""

    suite: Suite
    server: Server
    plan: Plan

    def value(self, database: str, query: str) -> Any:
        """What a database answers to a superuser."""

        async def ask() -> Any:
            connection = await asyncpg.connect(self.server.url_of(database))
            try:
                return await connection.fetchval(query)
            finally:
                await connection.close()

        return asyncio.run(ask())

    def tells(self, key: str, version: int) -> str:
        """The pipeline appends an event; gives its id."""

        async def run() -> str:
            async with Database.open(self._url, service="pipeline") as database:
                return await append(database, key, version)

        return asyncio.run(run())

    def told(self, key: str) -> list[tuple[str, int]]:
        """Id and version of the events that the pipeline's outbox has of a key."""

        async def run() -> list[tuple[str, int]]:
            async with Database.open(self._url, service="pipeline") as database:
                records = await outbox_records(database)
            found = [record.headers for record in records if record.key == key]
            return [(headers["ce_id"], int(headers["aggregate_version"])) for headers in found]

        return asyncio.run(run())

    def databases(self) -> set[str]:
        """All but the server's own."""
        names = "SELECT string_agg(datname, ' ') FROM pg_database WHERE datname !~ '^(template|postgres)'"
        return set(self.value("postgres", names).split())

    @property
    def _url(self) -> str:
        return next(each.environment["PIPELINE_DATABASE_URL"] for each in self.plan.services if each.name == "pipeline")


@pytest.fixture(scope="module")
def stand(shared_folder: SharedFolder) -> Iterator[Stand]:
    location = shared_folder.path / "backup-data"
    shared_folder.remember_suite(location)
    suite = Suite(location, make_plan=_plan_of_two)
    with suite.held() as plan, running_server(suite.folder, plan) as server:
        migration.bring_up_to_date(
            suite.folder, plan.services, superuser_url=server.url, server_id=server.id, told=lambda _: None
        )
    with running_server(suite.folder, plan) as server:
        yield Stand(suite, server, plan)


@pytest.fixture
def backed_up(stand: Stand, tmp_path: Path) -> tuple[Path, Manifest, str]:
    """A backup that knows one event of the key `known`, whose id it gives, and one file."""
    event_id = stand.tells("known", 7)
    (stand.suite.folder.objects / "pipeline").mkdir(exist_ok=True)
    (stand.suite.folder.objects / "pipeline" / "contract").write_text("signed", encoding="utf-8")
    location = tmp_path / "backup.tar"
    return location, back_up(stand.suite, location), event_id


def test_a_database_that_is_older_than_the_others_never_tells_old_versions_again(
    stand: Stand, backed_up: tuple[Path, Manifest, str]
) -> None:
    location, _, known = backed_up
    lost = [stand.tells("known", 8), stand.tells("new", 1)]
    stand.value("collab", "UPDATE business_clock SET clock_offset = interval '3 days'")
    (stand.suite.folder.objects / "pipeline" / "contract").unlink()

    restored = restore(stand.suite, location, ["pipeline"], replace=True)
    again = stand.tells("known", 8)

    ids, versions = zip(*stand.told("known"), strict=True)
    assert ids[-2:] == (known, again)
    assert not set(lost) & set(ids)
    assert versions[-1] > 10**15
    assert [event["event_id"] for event in restored.losses["pipeline"].events] == lost
    assert dict(restored.losses["pipeline"].kinds()) == {"FollowUpRecorded": 2}
    assert restored.listed_in is not None
    assert len(json.loads(restored.listed_in.read_text(encoding="utf-8"))["services"]["pipeline"]["events"]) == 2
    assert (stand.suite.folder.objects / "pipeline" / "contract").read_text(encoding="utf-8") == "signed"
    assert stand.value("pipeline", "SELECT clock_offset FROM business_clock") == timedelta(days=3)
    assert stand.value("pipeline_replaced", "SELECT count(*) FROM outbox WHERE aggregate_id = 'new'") == 1


def test_rights_hold_in_a_restored_database(stand: Stand, backed_up: tuple[Path, Manifest, str]) -> None:
    tables = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
    owners = "SELECT string_agg(DISTINCT tableowner, ' ') FROM pg_tables WHERE schemaname = 'public'"
    connects = "SELECT has_database_privilege('pipeline_login', 'pipeline', 'CONNECT')"
    of_everybody = "SELECT datacl::text LIKE '%,=c%' OR datacl::text LIKE '{=c%' FROM pg_database WHERE datname = '{}'"
    before = stand.value("pipeline", tables)

    restore(stand.suite, backed_up[0], replace=True)

    assert stand.value("pipeline", tables) == before > 10
    assert stand.value("pipeline", owners) == "pipeline_owner"
    assert stand.value("pipeline", connects)
    assert not stand.value("pipeline", of_everybody.replace("{}", "pipeline"))
    assert [stand.value(name, "SELECT count(*) FROM restoration WHERE told_at IS NULL") for name in TWO] >= [1, 1]


@pytest.mark.parametrize("last", ["fill", "compare", "swap"])
def test_a_restore_that_is_broken_off_leaves_everything_as_it_was(
    stand: Stand, backed_up: tuple[Path, Manifest, str], last: str
) -> None:
    after = stand.tells("after", 1)
    before = stand.databases()

    def break_off(step: Step) -> None:
        if step.kind == last:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(stand.suite, backed_up[0], replace=True, watcher=break_off)

    assert stand.databases() == before
    assert after in [event_id for event_id, _ in stand.told("after")]


def test_data_is_replaced_only_by_who_says_so(stand: Stand, backed_up: tuple[Path, Manifest, str]) -> None:
    after = stand.tells("after", 1)

    with pytest.raises(TargetTaken):
        restore(stand.suite, backed_up[0])

    assert after in [event_id for event_id, _ in stand.told("after")]


def test_an_older_schema_is_brought_up_to_date_before_it_takes_its_place(
    stand: Stand, tmp_path: Path, backed_up: tuple[Path, Manifest, str]
) -> None:
    assert backed_up[1].database_of("pipeline") is not None
    head = stand.value("pipeline", "SELECT version_num FROM alembic_version")
    stand.value("pipeline", "DROP TABLE restoration")
    stand.value("pipeline", f"UPDATE alembic_version SET version_num = '{_BEFORE_RESTORATIONS}'")
    back_up(stand.suite, tmp_path / "older")

    restore(stand.suite, tmp_path / "older", ["pipeline"], replace=True)

    assert stand.value("pipeline", "SELECT version_num FROM alembic_version") == head
    assert stand.value("pipeline", "SELECT count(*) FROM restoration") == 1
