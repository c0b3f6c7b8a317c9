"""How a rep's profile matches a lead's: fits, neutral or other, and whether a KA specialist meets an SMB lead.

Weighted over the dimensions that the lead states (LR-02). A rep who states a value of the lead has the whole weight of
that dimension, one who states nothing there half of it, one who states only others none.
"""

import numpy as np

from lead_router.domain.routing.fixed_point import IndexArray
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.policy import Match
from lead_router.domain.routing.rep_profiles import RepProfiles

FITS, NEUTRAL, OTHER = 0, 1, 2
KA_ON_SMB = 3
"""Added to a class for a KA specialist on an SMB lead (LR-17)."""
CLASSES = 6
CLASS_NAMES = ("fits", "neutral", "other", "fits_ka_on_smb", "neutral_ka_on_smb", "other_ka_on_smb")
_SMB = "SMB"
_MOST_CELLS = 1_000_000
"""Matches kept per matcher, in leads × reps: 8 MB."""

_Stated = tuple[tuple[str, ...] | None, ...]
"""Values that a lead states, dimension by dimension."""


class ProfileMatcher:
    """Matches leads with the profiles of one rep table under one weight table.

    Leads come in a few hundred kinds of profile; the row of each kind is reckoned once and kept while no rep's profile
    changes.
    """

    def __init__(self, match: Match, reps: RepProfiles) -> None:
        self._match = match
        self._reps = reps
        self._dimensions = tuple(name for name, weight in match.weights.items() if weight)
        self._rows: dict[tuple[_Stated, bool], IndexArray] = {}
        self._most_rows = max(64, _MOST_CELLS // max(1, reps.size))

    def classes(self, lead: LeadSnapshot) -> IndexArray:
        """For every rep the class, 0 to 5: FITS, NEUTRAL or OTHER, plus KA_ON_SMB. Not to be written to."""
        key = (tuple(map(lead.tags.get, self._dimensions)), lead.segment == _SMB)
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= self._most_rows:
                self._rows.clear()
            row = self._rows[key] = self._classify(*key)
        return row

    def _classify(self, stated: _Stated, is_smb: bool) -> IndexArray:
        halves = np.zeros(self._reps.size, dtype=np.int64)
        weight = 0
        for dimension, values in zip(self._dimensions, stated, strict=True):
            if not values:
                continue
            worth = self._match.weights[dimension]
            weight += worth
            meets = self._reps.states_any(dimension, values)
            if meets is not None:
                halves += meets * (2 * worth)
            halves += self._reps.silent(dimension) * worth
        classes = np.full(self._reps.size, NEUTRAL, dtype=np.intp)
        if weight:
            classes[halves * 50 >= self._match.fits_from_pct * weight] = FITS
            classes[halves * 50 < self._match.other_below_pct * weight] = OTHER
        if is_smb:
            classes += self._reps.key_account_only() * KA_ON_SMB
        classes.setflags(write=False)
        return classes


def matcher(match: Match, reps: RepProfiles) -> ProfileMatcher:
    """The matcher of these two, kept with the profiles for the next batch."""
    return reps.derived(match, lambda: ProfileMatcher(match, reps))
