"""A company of a thousand reps, as SQL names it, and tables filled with its rows by the million.

Nothing of a row is drawn: each value follows from the number of the row, so every run measures the same company.

| person | sees |
|---|---|
| `REP` | own things: one in a thousand |
| `LEADER` | one team of fifty |
| `QUIET` | a team whose things are all old: the oldest tenth of the rows has some, the rest none |
| `HEAD` | ten teams |
| `DIRECTOR` | everything |
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from chassis.database import Database
from support.events import an_event, deliver, directory_subscription
from support.served import Person
from throughline.collab.v1 import events_pb2 as directory_events

TENANT = "0190f3c4-0000-7000-8000-000000000001"
OTHER_TENANT = "0190f3c4-0000-7000-8000-000000000002"
OTHER_SHARE = 20
"""The other tenant has a twentieth of the rows."""
REPS, TEAMS = 1000, 50
_SPAN_S = 20_000_000.0
"""Rows are spread over 230 days, however many there are."""
RARE = 20_000
"""One row in so many has a rare value."""
REP, LEADER, QUIET, HEAD, DIRECTOR = "rep", "leader", "quiet", "head", "director"
_HEADS_TEAMS = range(10, 20)
_QUIET_TEAM, _ITS_NEIGHBOUR, _OUR_TEAM = TEAMS - 1, TEAMS - 2, 7
_REGION = "0190f3c4-0000-7000-8000-0000003fffff"
_PREFIX = "0190f3c4-0000-7000-8000-"
_REP_AT, _TEAM_AT, _CUSTOMER_AT, _LEAD_AT = 0x100000, 0x200000, 0x40000000, 0x50000000
_THEIRS_AT = 0x60000000
_LARGE = 100
"""The first customer has one row in a hundred."""


def rep_id(number: int) -> str:
    """Id of one of the thousand."""
    return f"{_PREFIX}{_REP_AT + number:012x}"


def team_id(number: int) -> str:
    """Id of one of the fifty."""
    return f"{_PREFIX}{_TEAM_AT + number:012x}"


def customer_id(number: int) -> str:
    """Id of a customer, from 1, the largest one, on."""
    return f"{_PREFIX}{_CUSTOMER_AT + number:012x}"


def lead_id(number: int) -> str:
    """Id of a lead that things are about, from 1, the one with most, on."""
    return f"{_PREFIX}{_LEAD_AT + number:012x}"


PEOPLE: Mapping[str, Person] = {
    REP: Person(rep_id(_OUR_TEAM), ("rep",), team_id(_OUR_TEAM)),
    LEADER: Person(f"{_PREFIX}0000002a0001", ("supervisor",), team_id(_OUR_TEAM)),
    QUIET: Person(f"{_PREFIX}0000002a0002", ("supervisor",), team_id(_QUIET_TEAM)),
    HEAD: Person(f"{_PREFIX}0000002a0003", ("supervisor",), _REGION),
    DIRECTOR: Person(f"{_PREFIX}0000002a0004", ("director",), _REGION),
}
"""Those who call, by subject."""


async def gather_teams(database: Database) -> None:
    """Puts ten teams under the head's, which the directory must be told of beside the people."""
    teams = [team_id(number) for number in _HEADS_TEAMS]
    facts = [directory_events.TeamChanged(team_id=each, kind="sales", parent_team_id=_REGION) for each in teams]
    records = [an_event(fact, TENANT, aggregate_id=fact.team_id, aggregate="team", version=2) for fact in facts]
    await deliver(database, directory_subscription(database.service), *records)


@dataclass(frozen=True, slots=True)
class Filling:
    """How a table is filled.

    Attributes:
        table: its name.
        values: by column an SQL expression over `i`, the number of the row from 1, and the names below.
        source: further tables to take values from.
        is_one: each tenant has one row, however many rows are asked for.

    The expressions may use `i`, `:tenant`, `:rows`, `:rep` and `:team` (ids of the row's owner and team), `:peer` (of
    another rep), `:customer` and `:lead` (what it is about: one row in a hundred about the first of them), `:age`
    (seconds before now, older rows first), `:id` (a UUIDv7 of that time), `:numbered` (the id that `customer_id` gives
    for the number of the row) and `:rare` (true in one row of twenty thousand).
    """

    table: str
    values: Mapping[str, str]
    source: str = ""
    is_one: bool = False


async def fill(superuser_dsn: str, fillings: Sequence[Filling], rows: int) -> None:
    """Puts so many rows of each into a database, and a twentieth as many of another tenant."""
    connection = await asyncpg.connect(superuser_dsn)
    try:
        for filling in fillings:
            began = time.perf_counter()
            for tenant, count in ((TENANT, rows), (OTHER_TENANT, rows // OTHER_SHARE)):
                await connection.execute(_insert(filling, tenant, 1 if filling.is_one else count))
            await connection.execute(f"VACUUM (ANALYZE) {filling.table}")
            say(f"{filling.table}: filled in {time.perf_counter() - began:.1f} s")
    finally:
        await connection.close()


def say(text: str) -> None:
    """How far it is, on the error stream; reports go to the standard output."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 (a measurement takes many minutes)


def _insert(filling: Filling, tenant: str, rows: int) -> str:
    values = {name: _expanded(value, tenant, rows) for name, value in filling.values.items()}
    columns = ", ".join(values)
    source = f", {filling.source}" if filling.source else ""
    # By a hash: a remainder would give each rep rows of one state alone.
    numbers = f"SELECT i, (hashint8(i) & 2147483647) % {REPS} AS rep FROM generate_series(1, {rows}::bigint) AS i"
    chosen = ", ".join(values.values())
    return f"INSERT INTO {filling.table} ({columns}) SELECT {chosen} FROM ({numbers}) AS n{source}"


def _expanded(value: str, tenant: str, rows: int) -> str:
    meanings = {
        ":tenant": f"'{tenant}'::uuid",
        ":rows": str(rows),
        ":rep": _uuid_of(_REP_AT, "n.rep"),
        ":team": _uuid_of(_TEAM_AT, _team_number(rows)),
        ":customer": _uuid_of(_CUSTOMER_AT, _subject(rows)),
        ":lead": _uuid_of(_LEAD_AT, _subject(rows)),
        ":peer": _uuid_of(_REP_AT, f"(n.rep + {REPS // 2}) % {REPS}"),
        ":numbered": _uuid_of(_CUSTOMER_AT if tenant == TENANT else _THEIRS_AT, "n.i"),
        ":age": f"(({rows} - n.i) * {_SPAN_S / rows})",
        ":id": f"uuidv7(make_interval(secs => (n.i - {rows}) * {_SPAN_S / rows}))",
        ":rare": f"(n.i % {RARE} = {RARE // 2} OR n.i = 1)",
    }
    for name, meaning in meanings.items():
        value = value.replace(name, meaning)
    return value


def _team_number(rows: int) -> str:
    return (
        f"(CASE WHEN n.rep % {TEAMS} = {_QUIET_TEAM} AND n.i > {rows // 10}"
        f" THEN {_ITS_NEIGHBOUR} ELSE n.rep % {TEAMS} END)"
    )


def _subject(rows: int) -> str:
    """Number of what a row is about; 77 has the second row, so that it is there however few rows there are."""
    others = f"100 + (n.i * 31) % greatest({rows} / 10, 1)"
    return f"(CASE WHEN n.i % {_LARGE} = 1 THEN 1 WHEN n.i = 2 THEN 77 ELSE {others} END)"


def _uuid_of(begin: int, number: str) -> str:
    return f"('{_PREFIX}' || lpad(to_hex({begin} + {number}), 12, '0'))::uuid"
