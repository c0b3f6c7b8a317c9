"""Viewers out of the directory's read copy."""

from __future__ import annotations

from chassis.directory import Directory
from chassis.directory_snapshot import DirectorySnapshot
from gateway.domain.notice_audience import Viewer

SUPERVISOR = "supervisor"


class DirectoryViewers:
    """Who people are, at most two seconds old."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def viewer(self, tenant_id: str, person_id: str) -> Viewer | None:
        """What decides which notices the person sees; None for somebody without access."""
        snapshot = await self._directory.of(tenant_id)
        person = snapshot.person(person_id)
        if not snapshot.is_active or person is None or not person.is_active:
            return None
        return Viewer(person_id, person.roles, _supervised(snapshot, person_id, person.roles))


def _supervised(snapshot: DirectorySnapshot, person_id: str, roles: frozenset[str]) -> frozenset[str]:
    """Teams with all below them that the person leads, or, as a supervisor who leads none, belongs to."""
    leads_one = any(team.leader_id == person_id for team in snapshot.teams.values())
    return snapshot.scope_team_ids(person_id) if leads_one or SUPERVISOR in roles else frozenset()
