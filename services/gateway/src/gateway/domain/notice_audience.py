"""Who sees a notice."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.notice import SentNotice

SEES_ALL = frozenset({"admin", "director"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who watches, as the directory knows the person now."""

    person_id: str
    roles: frozenset[str]
    supervised_team_ids: frozenset[str]
    """Teams the person supervises, with all teams below them."""

    def sees(self, notice: SentNotice) -> bool:
        """Whether the notice names the viewer, or concerns a team that the viewer supervises."""
        if self.roles & SEES_ALL or self.person_id in notice.person_ids:
            return True
        return not self.supervised_team_ids.isdisjoint(notice.team_ids)
