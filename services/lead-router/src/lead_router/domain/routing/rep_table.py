"""All reps of a tenant as columns, kept up to date row by row.

A serving process holds one table per tenant and gives it the rows with a newer `change_seq` before each batch. A table
is immutable: an update copies one block of numbers (a few microseconds for a thousand reps) and touches the changed
columns only, so receipts may keep the table they were written from.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

import numpy as np

from lead_router.domain.ids import GroupId, RepId
from lead_router.domain.routing.fixed_point import Int64Array, epoch_seconds
from lead_router.domain.routing.rep_profiles import ClauseResults, RepProfiles
from lead_router.domain.routing.rep_row import MOST_SHIFTS, RepRow

NEVER = 0
"""Column value for a moment that never came; far before any lead."""


class Column(IntEnum):
    """Rows of `RepTable.values`. Moments are seconds since 1970, days are ordinals."""

    CHANGE_SEQ = 0
    POLICY_SEQ = 1
    GROUP = 2
    PAUSED = 3
    ON_LEAVE = 4
    JOINED_AT = 5
    DAILY_CAP = 6
    LEADS_TODAY = 7
    COUNTED_ON = 8
    OPEN_CAP = 9
    OPEN_LEADS = 10
    LAST_LEAD_AT = 11
    RESPONSE_MINUTES = 12
    CARRIED = 13
    UNITS_IN = 14
    WEIGHT = 15
    PRESENT = 16
    SHIFTS = 17
    """Start and end of the first shift; those of the others follow."""


_WIDTH = Column.SHIFTS + 2 * MOST_SHIFTS


@dataclass(frozen=True, slots=True)
class Roster:
    """Which reps there are, in the order of all columns: by id. Equal on every replica that knows the same reps."""

    ids: tuple[RepId, ...]
    position: Mapping[RepId, int] = field(repr=False, compare=False)
    digest: str = field(repr=False, compare=False)
    """Names the roster; receipts refer to reps by their place in it."""

    @classmethod
    def of(cls, ids: Iterable[RepId]) -> "Roster":
        ordered = tuple(sorted(ids))
        digest = hashlib.sha256("\n".join(ordered).encode()).hexdigest()[:32]
        return cls(ordered, {rep: at for at, rep in enumerate(ordered)}, digest)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class RepTable:
    """The reps of one tenant at one change sequence."""

    roster: Roster
    values: Int64Array
    """shape (columns, reps), see `Column`."""
    group_ids: tuple[GroupId, ...]
    """Fairness groups; the column GROUP holds places in it."""
    profiles: RepProfiles
    clauses: ClauseResults
    change_seq: int = 0
    """The newest change seen."""
    _digest: list[str] = field(default_factory=list, init=False, repr=False)

    @classmethod
    def empty(cls) -> "RepTable":
        return cls(Roster.of(()), np.zeros((_WIDTH, 0), dtype=np.int64), (), RepProfiles((), ()), ClauseResults(()))

    @classmethod
    def from_rows(cls, rows: Iterable[RepRow]) -> "RepTable":
        return cls.empty().updated(rows)

    @property
    def size(self) -> int:
        return len(self.roster)

    def __getitem__(self, column: int) -> Int64Array:
        view: Int64Array = self.values[column]
        return view

    def updated(self, rows: Iterable[RepRow]) -> "RepTable":
        """With these rows, in any order. A row older than the one held changes nothing; a leaver's row is dropped."""
        newest: dict[RepId, RepRow] = {}
        for row in rows:
            if row.change_seq >= newest.get(row.rep_id, row).change_seq:
                newest[row.rep_id] = row
        fresh = [row for row in newest.values() if row.change_seq > self._seq_of(row.rep_id)]
        if not fresh:
            return self
        leavers = {row.rep_id for row in fresh if row.has_left and row.rep_id in self.roster.position}
        present = [row for row in fresh if not row.has_left]
        table = self
        if leavers or any(row.rep_id not in self.roster.position for row in present):
            table = self._with_roster(Roster.of({*self.roster.ids, *(row.rep_id for row in present)} - leavers))
        return _with_rows(table, present, max(self.change_seq, *(row.change_seq for row in fresh)))

    def inputs_digest(self) -> str:
        """Names the numbers that decisions read: load, availability, ledger. Reckoned once per table.

        Profiles and results of clauses are named by the `change_seq` of their row, which is among the numbers.
        """
        if not self._digest:
            numbers = np.delete(self.values, Column.GROUP, axis=0).astype("<i8").tobytes()
            groups = "\n".join(self.group_ids[at] for at in self[Column.GROUP].tolist()).encode()
            self._digest.append(hashlib.blake2b(numbers + groups, digest_size=16).hexdigest())
        return self._digest[0]

    def _seq_of(self, rep: RepId) -> int:
        at = self.roster.position.get(rep)
        return -1 if at is None else int(self.values[Column.CHANGE_SEQ, at])

    def _with_roster(self, roster: Roster) -> "RepTable":
        """The same reps in other places; newcomers have empty columns until their row is set."""
        values = np.zeros((_WIDTH, len(roster)), dtype=np.int64)
        tags: list[Mapping[str, frozenset[str]]] = [{}] * len(roster)
        numbers: list[Mapping[str, int]] = [{}] * len(roster)
        results: list[Mapping[str, bool]] = [{}] * len(roster)
        kept = [(old, roster.position[rep]) for rep, old in self.roster.position.items() if rep in roster.position]
        for old, new in kept:
            tags[new], numbers[new] = self.profiles.of(old)
            results[new] = self.clauses.of(old)
        if kept:
            old_places, new_places = zip(*kept, strict=True)
            values[:, list(new_places)] = self.values[:, list(old_places)]
        profiles, clauses = RepProfiles(tags, numbers), ClauseResults(results)
        return RepTable(roster, values, self.group_ids, profiles, clauses, self.change_seq)


def day_ordinal(day: date | None) -> int:
    """Column value of a day; 0 for none, which no day has."""
    return 0 if day is None else day.toordinal()


def _with_rows(table: RepTable, rows: Sequence[RepRow], change_seq: int) -> RepTable:
    new_groups = {row.group_id for row in rows} - set(table.group_ids)
    group_ids = (*table.group_ids, *sorted(new_groups))
    places = [table.roster.position[row.rep_id] for row in rows]
    values = table.values.copy()
    if rows:
        group_place = {group: at for at, group in enumerate(group_ids)}
        values[:, places] = np.array([_numbers_of(row, group_place) for row in rows], dtype=np.int64).T
    values.setflags(write=False)
    placed = list(zip(places, rows, strict=True))
    profiles = table.profiles.replaced((at, row.tags, row.numbers) for at, row in placed)
    clauses = table.clauses.replaced((at, row.clause_results) for at, row in placed)
    return RepTable(table.roster, values, group_ids, profiles, clauses, change_seq)


def _numbers_of(row: RepRow, group_place: Mapping[GroupId, int]) -> list[int]:
    shifts = [epoch_seconds(edge) for shift in row.shifts for edge in shift]
    return [
        row.change_seq,
        row.policy_seq,
        group_place[row.group_id],
        row.is_paused,
        row.is_on_leave,
        NEVER if row.joined_at is None else epoch_seconds(row.joined_at),
        row.daily_cap,
        row.leads_today,
        day_ordinal(row.counted_on),
        row.open_cap,
        row.open_leads,
        NEVER if row.last_lead_at is None else epoch_seconds(row.last_lead_at),
        row.median_response_minutes,
        row.carried,
        row.units_in,
        row.weight_pct,
        row.is_present,
        *shifts,
        *([NEVER] * (2 * MOST_SHIFTS - len(shifts))),
    ]
