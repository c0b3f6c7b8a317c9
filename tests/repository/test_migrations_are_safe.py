"""No migration stops the traffic of the code that is running: squawk knows which lock each statement takes.

A migration that cannot do without such a statement stands below, with the reason.
"""

from __future__ import annotations

import importlib.util
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

ROOT = Path(__file__).resolve().parents[2]
SQUAWK = Path(sys.executable).with_name("squawk")
POSTGRES = "16.0"
"""The oldest server that we promise to run on."""

NOT_OURS = {
    "require-lock-timeout": "chassis.migrations sets it for all, and a test there shows it",
    "require-statement-timeout": "the same",
    "prefer-robust-stmts": "a migration is one transaction; what is not is made by create_index_concurrently",
    "prefer-bigint-over-int": "a count of minutes or per cent needs no eight bytes",
    "prefer-bigint-over-smallint": "the same",
}
"""Rules that are left out, and why."""

_FIRST = "before the first release: no table of that time has rows"
_INDEX, _INDEX_GOES = "require-concurrent-index-creation", "require-concurrent-index-deletion"
EXCEPTIONS: dict[str, tuple[set[str], str]] = {
    "collab/0006": ({_INDEX, _INDEX_GOES}, _FIRST),
    "collab/0011": ({_INDEX, _INDEX_GOES}, _FIRST),
    "collab/0012": ({_INDEX, _INDEX_GOES}, _FIRST),
    "lead-router/0005": ({_INDEX}, _FIRST),
    "lead-router/0009": ({_INDEX}, _FIRST),
    "lead-router/0010": ({_INDEX}, _FIRST),
    "pipeline/0009": ({_INDEX}, _FIRST),
    "pipeline/0013": ({_INDEX}, _FIRST),
    "pipeline/0014": ({_INDEX, _INDEX_GOES}, _FIRST),
    "scoring/0007": ({_INDEX}, _FIRST),
}
"""Migrations that break rules: which ones, and why they may."""

UNREADABLE = {
    f"{service}/{revision}": "looks whether its table is there: databases made since have it from the first one"
    for service, revision in {
        "collab": "0010",
        "gateway": "0005",
        "lead-router": "0008",
        "pipeline": "0012",
        "scoring": "0011",
    }.items()
}
"""Migrations that cannot be written down without a database."""

MIGRATIONS = {
    f"{path.parents[2].name}/{path.name.partition('_')[0]}": path
    for path in sorted(ROOT.glob("services/*/migrations/versions/[0-9]*.py"))
}


def sql_of(path: Path) -> str:
    """What a migration says to the database, written down instead of said."""
    written = io.StringIO()
    options = {"as_sql": True, "output_buffer": written, "transactional_ddl": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    spec = importlib.util.spec_from_file_location(f"migration_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with context.begin_transaction(), Operations.context(context):
        module.upgrade()
    return written.getvalue()


def broken_rules(sql: str) -> set[str]:
    """The rules that it breaks, but those that are not ours."""
    command = [str(SQUAWK), "--reporter", "json", "--pg-version", POSTGRES, "--stdin-filepath", "migration.sql"]
    left_out = [f"--exclude={rule}" for rule in NOT_OURS]
    ran = subprocess.run([*command, *left_out], input=sql, capture_output=True, text=True, timeout=30, check=False)
    assert ran.stdout, ran.stderr
    return {found["rule_name"] for found in json.loads(ran.stdout)}


@pytest.mark.parametrize("name", sorted(MIGRATIONS.keys() - UNREADABLE.keys()))
def test_a_migration_leaves_the_running_code_its_traffic(name: str) -> None:
    allowed, _ = EXCEPTIONS.get(name, (set(), ""))

    assert broken_rules(sql_of(MIGRATIONS[name])) == allowed


def test_every_exception_is_of_a_migration_that_is_there() -> None:
    assert EXCEPTIONS.keys() | UNREADABLE.keys() <= MIGRATIONS.keys()


def test_every_migration_says_whether_it_expands_or_contracts_and_follows_the_one_before() -> None:
    for name, path in MIGRATIONS.items():
        assert re.fullmatch(r"\d{4}_(expand|contract)_[a-z0-9_]+\.py", path.name), path
        number = int(name.rpartition("/")[2])
        assert number == 1 or f"{name.rpartition('/')[0]}/{number - 1:04}" in MIGRATIONS, path


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("op.execute('CREATE INDEX lead_x_idx ON lead (x)')", "require-concurrent-index-creation"),
        ("op.execute('ALTER TABLE lead ALTER COLUMN worth TYPE text')", "changing-column-type"),
        ("op.execute('ALTER TABLE lead RENAME COLUMN worth TO value')", "renaming-column"),
        ("op.execute('ALTER TABLE lead DROP COLUMN worth')", "ban-drop-column"),
        ("op.execute('ALTER TABLE lead ADD COLUMN x uuid NOT NULL')", "adding-required-field"),
        ("op.execute('ALTER TABLE lead ADD CONSTRAINT x CHECK (worth > 0)')", "constraint-missing-not-valid"),
        ("create_index_concurrently(op, 'lead_x_idx', 'lead (x)')", ""),
        (
            "op.execute('ALTER TABLE lead ADD COLUMN x uuid NOT NULL DEFAULT gen_random_uuid()')",
            "adding-field-with-default",
        ),
        ("op.execute('ALTER TABLE lead ADD COLUMN x bigint NOT NULL DEFAULT 7')", ""),
    ],
)
def test_a_migration_that_would_stop_the_traffic_is_found(tmp_path: Path, statement: str, rule: str) -> None:
    path = tmp_path / "0001_expand_x.py"
    imports = "from alembic import op\nfrom chassis.schema import create_index_concurrently\n"
    path.write_text(f"{imports}def upgrade():\n    {statement}\n")

    found = broken_rules(sql_of(path))

    assert rule in found if rule else found == set()
