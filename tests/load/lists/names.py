"""Names by the hundred thousand, and the keys by which they are found, put into tables of keys."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import asyncpg

from load.measuring.crowd import TENANT, say
from matching.search_keys import folded, phone_codes, search_keys

_REGIONS = ("浙江", "江苏", "上海", "北京", "广东", "四川", "重庆", "湖南")
_BRAND = "恒昌明达瑞康安华佳信博远同泰嘉润德诚宏宇中科天健海纳新锐百利丰盛金源长青"
_KINDS = ("医疗科技有限公司", "人民医院", "生物制药股份有限公司", "中心医院", "医疗器械贸易有限公司")
_FAMILY = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉兰红建国文辉"

_POOL = 20_000
"""So many names are drawn, and shared by all things: reckoning keys is no part of what is measured."""

Key = tuple[object, ...]
"""A key and what belongs to it in the columns of a `KeyTable`."""


@cache
def _companies() -> Sequence[frozenset[str]]:
    dice = random.Random("companies")
    return [
        search_keys([dice.choice(_REGIONS) + "".join(dice.sample(_BRAND, 3)) + dice.choice(_KINDS)])
        for _ in range(_POOL)
    ]


@cache
def _people() -> Sequence[frozenset[str]]:
    dice = random.Random("people")
    return [search_keys([dice.choice(_FAMILY) + "".join(dice.sample(_GIVEN, 2))]) for _ in range(_POOL)]


def company_keys(dice: random.Random) -> Iterable[Key]:
    """Of a company or a hospital."""
    return [(key,) for key in dice.choice(_companies())]


def person_keys(dice: random.Random) -> Iterable[Key]:
    """Of a person with a phone of its own."""
    return [(key,) for key in _person(dice)]


def lead_keys(dice: random.Random) -> Iterable[Key]:
    """Of a lead: its company, and its person as personal data."""
    company = dice.choice(_companies())
    return [*((key, False) for key in company), *((key, True) for key in _person(dice) - company)]


def _person(dice: random.Random) -> frozenset[str]:
    return dice.choice(_people()) | {folded(code) for code in phone_codes(f"+86139{dice.randrange(10**8):08}")}


@dataclass(frozen=True, slots=True)
class KeyTable:
    """Which keys lead to the things of a table.

    Attributes:
        table: of the keys.
        things: `SELECT` of what stands beside a key, a row for each thing; the columns are named as those of the keys.
        keys: of one thing.
        columns: of a key.
    """

    table: str
    things: str
    keys: Callable[[random.Random], Iterable[Key]]
    columns: Sequence[str] = ("key",)


async def name_all(superuser_dsn: str, tables: Iterable[KeyTable]) -> None:
    """Gives each thing of our tenant a name."""
    connection = await asyncpg.connect(superuser_dsn)
    try:
        for table in tables:
            await _name(connection, table)
    finally:
        await connection.close()


async def _name(connection: asyncpg.Connection, table: KeyTable) -> None:
    began = time.perf_counter()
    things = await connection.fetch(f"{table.things} WHERE tenant_id = $1", TENANT)
    # Indexes of millions of rows are made faster once than kept while they come.
    definitions = await _drop_indexes(connection, table.table)
    columns = ["tenant_id", *table.columns, *things[0].keys()]
    done = await connection.copy_records_to_table(table.table, records=_rows(table, things), columns=columns)
    for definition in definitions:
        await connection.execute(definition)
    await connection.execute(f"VACUUM (ANALYZE) {table.table}")
    say(f"{table.table}: {int(done.split()[-1]):,} keys in {time.perf_counter() - began:.1f} s")


def _rows(table: KeyTable, things: Iterable[asyncpg.Record]) -> Iterator[tuple[object, ...]]:
    dice = random.Random(table.table)
    for thing in things:
        beside = tuple(thing.values())
        for key in table.keys(dice):
            yield (TENANT, *key, *beside)


async def _drop_indexes(connection: asyncpg.Connection, table: str) -> list[str]:
    """Removes them; returns the statements that make them again, the primary key as such."""
    key = await connection.fetchrow(
        "SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint"
        " WHERE conrelid = $1::regclass AND contype = 'p'",
        table,
    )
    await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key['conname']}")
    others = await connection.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1", table)
    for other in others:
        await connection.execute(f"DROP INDEX {other['indexname']}")
    again = f"ALTER TABLE {table} ADD CONSTRAINT {key['conname']} {key['definition']}"
    return [again, *(other["indexdef"] for other in others)]
