"""How much better than average a rep is for a lead: three lifts, each a published table of parts per million.

`Lclass` comes from the match of the profiles, `Lrep` from the rep's own record, `Lcell` from that record in the lead's
segment. A level without evidence stands at one whole. `skill_evidence.py` reckons the tables; decisions read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lead_router.domain.ids import RepId
from lead_router.domain.routing.fixed_point import MAX_LIFT, MIN_LIFT, PPM, Int64Array, bounded, share_of
from lead_router.domain.routing.policy import Lifts
from lead_router.domain.routing.rep_table import Roster


@dataclass(frozen=True, slots=True, eq=False)
class SkillColumns:
    """A skill table laid out for one roster. A level that is None is one whole for everybody."""

    rep: Int64Array | None
    by_segment: Mapping[str, Int64Array]
    """Columns of the segments in which any rep has a record."""


@dataclass(frozen=True, slots=True, eq=False)
class SkillTable:
    """One published version. Lifts lie between `MIN_LIFT` and `MAX_LIFT`.

    Raises:
        ValueError: there are not six classes, or a lift is out of bounds.
    """

    version: int
    by_class: tuple[int, ...]
    """In the order of `profile_match.CLASS_NAMES`."""
    by_rep: Mapping[RepId, int] = field(default_factory=dict)
    by_cell: Mapping[tuple[RepId, str], int] = field(default_factory=dict)
    """By rep and segment."""
    _kept: dict[str, SkillColumns] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.by_class) != 6:
            raise ValueError(f"six classes have lifts, not {len(self.by_class)}")
        for lift in (*self.by_class, *self.by_rep.values(), *self.by_cell.values()):
            if not MIN_LIFT <= lift <= MAX_LIFT:
                raise ValueError(f"lift {lift} is outside {MIN_LIFT} to {MAX_LIFT} parts per million")

    @classmethod
    def before_evidence(cls, lifts: Lifts) -> "SkillTable":
        """The policy's starting values, alike for all reps."""
        return cls(0, starting_lifts(lifts))

    def lifts_of(self, rep: RepId, segment: str, class_index: int) -> tuple[int, int, int]:
        """Lclass, Lrep and Lcell of one rep for one lead."""
        return self.by_class[class_index], self.by_rep.get(rep, PPM), self.by_cell.get((rep, segment), PPM)

    def columns(self, roster: Roster) -> SkillColumns:
        """Laid out in roster order; kept for the next call."""
        found = self._kept.get(roster.digest)
        if found is None:
            self._kept.clear()
            found = self._kept[roster.digest] = self._laid_out(roster)
        return found

    def _laid_out(self, roster: Roster) -> SkillColumns:
        rep = None
        if any(lift != PPM for lift in self.by_rep.values()):
            rep = np.array([self.by_rep.get(each, PPM) for each in roster.ids], dtype=np.int64)
            rep.setflags(write=False)
        by_segment: dict[str, Int64Array] = {}
        for (each, segment), lift in self.by_cell.items():
            at = roster.position.get(each)
            if at is not None and lift != PPM:
                if segment not in by_segment:
                    by_segment[segment] = np.full(len(roster), PPM, dtype=np.int64)
                by_segment[segment][at] = lift
        return SkillColumns(rep, by_segment)


def starting_lifts(lifts: Lifts) -> tuple[int, ...]:
    """The six classes before there is evidence, in parts per million."""
    plain = (lifts.fits, lifts.neutral, lifts.other)
    on_smb = tuple(share_of(lift, lifts.ka_on_smb) for lift in plain)
    return tuple(bounded(lift, MIN_LIFT, MAX_LIFT) for lift in (*plain, *on_smb))
