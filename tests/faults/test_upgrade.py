"""The version before serves while this version migrates its databases, and this version serves afterwards."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from embedded.services import SERVICES, module_of
from embedded.suite import Suite
from support.shared import SharedFolder

from .earlier import EarlierSuite, NoHistory, commit_before, schemas
from .suite_callers import SuiteCallers

log = logging.getLogger(__name__)

CALLERS = 4
_MIGRATION_S = 300
pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]


@pytest.fixture
def earlier(shared_folder: SharedFolder) -> Iterator[EarlierSuite]:
    """The suite of the version before, up."""
    try:
        commit = commit_before()
    except NoHistory as reason:
        pytest.skip(str(reason))
    folder = shared_folder.path / "upgraded"
    folder.mkdir(mode=0o711)
    suite = EarlierSuite.unpack(commit, folder)
    shared_folder.remember_suite(suite.data)
    log.warning("The version before is %s.", commit)
    suite("up")
    yield suite
    suite("down")


def migrate(suite: EarlierSuite, service: str) -> str:
    """This version's migration of a database of the version before: what it says where it fails."""
    command = [sys.executable, "-m", module_of(service), "migrate"]
    environment = {**os.environ, **suite.environment_of(service)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_MIGRATION_S, check=False)
    return "" if done.returncode == 0 else f"{service}: {done.stdout}{done.stderr}"


async def revisions(suite: EarlierSuite) -> dict[str, str]:
    """Which schema each database has."""
    found = {}
    for service in SERVICES:
        url = suite.environment_of(service)[f"{module_of(service).upper()}_OWNER_DATABASE_URL"]
        connection = await asyncpg.connect(url.replace("postgresql+asyncpg:", "postgresql:"))
        found[service] = await connection.fetchval("SELECT version_num FROM alembic_version")
        await connection.close()
    return found


def newest(names: dict[str, list[str]]) -> dict[str, str]:
    """The last revision of each service."""
    return {service: names[service][-1].partition("_")[0] for service in SERVICES}


async def test_the_version_before_serves_on_while_all_databases_are_migrated(earlier: EarlierSuite) -> None:
    endpoints = Suite(earlier.data).endpoints()
    async with httpx.AsyncClient(base_url=endpoints.http, timeout=60, trust_env=False) as http:
        callers = await SuiteCallers.found(http, endpoints)
        calling = asyncio.create_task(callers.run(CALLERS))
        await callers.answered_more(100)
        before = await revisions(earlier)

        faults = await asyncio.gather(*(asyncio.to_thread(migrate, earlier, service) for service in SERVICES))
        after = await revisions(earlier)
        await callers.answered_more(200)
        callers.is_over = True
        await calling

        assert [fault for fault in faults if fault] == []
        assert (before, after) == (newest(schemas(commit_before())), newest(schemas("HEAD")))
        assert callers.failures == []
        assert {process["state"] for process in earlier("status")["processes"]} == {"ready"}
        assert {process["restarts"] for process in earlier("status")["processes"]} == {0}
        log.warning("%d calls answered: %s", callers.answered.total(), dict(callers.answered))

    suite = Suite(earlier.data)
    await asyncio.to_thread(suite.up)
    async with httpx.AsyncClient(base_url=suite.endpoints().http, timeout=60, trust_env=False) as http:
        callers.http, callers.is_over = http, False
        calling = asyncio.create_task(callers.run(1))
        await callers.answered_more(20)
        callers.is_over = True
        await calling
    assert callers.failures == []


def test_every_schema_has_grown_since_the_version_before() -> None:
    try:
        then, now = schemas(commit_before()), schemas("HEAD")
    except NoHistory as reason:
        pytest.skip(str(reason))

    assert {service: len(names) > len(then[service]) for service, names in now.items()} == dict.fromkeys(now, True)
