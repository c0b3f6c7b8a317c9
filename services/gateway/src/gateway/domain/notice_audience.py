"""Who sees a notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SEES_ALL = frozenset({"admin", "director"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who watches, as the directory knows the person now."""

    person_id: str
    roles: frozenset[str]
    supervised_team_ids: frozenset[str]
    """Teams the person supervises, with all teams below them."""

    def sees(self, person_ids: Iterable[str], team_ids: Iterable[str]) -> bool:
        """Whether a notice that means these people, and concerns these teams, is shown to the viewer."""
        if self.roles & SEES_ALL or self.person_id in person_ids:
            return True
        return not self.supervised_team_ids.isdisjoint(team_ids)
