"""The directory of one tenant at one moment: people, teams, reporting lines, calendar. Pure look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from chassis.ids import PersonId, TeamId, TenantId
from chassis.shifts import Shift, Week
from chassis.working_time import WorkingCalendar

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")
DEFAULT_WEEK = Week.on(range(5), Shift(9 * 60, 18 * 60))
"""Hours of a tenant that has set none: Monday to Friday, 9 to 18 o'clock."""


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """A person as other services know one: ids and facts, no name."""

    person_id: PersonId
    subject: str
    team_id: TeamId | None
    supervisor_id: PersonId | None
    roles: frozenset[str]
    is_active: bool


@dataclass(frozen=True, slots=True)
class DirectoryTeam:
    """A team and its place in the tree."""

    team_id: TeamId
    parent_team_id: TeamId | None
    leader_id: PersonId | None
    kind: str


@dataclass(frozen=True)
class DirectorySnapshot:
    """All of one tenant. Look-ups of unknown ids find nothing; none of them raises."""

    tenant_id: TenantId
    revision: int = 0
    is_active: bool = False
    """False for a closed tenant, and for one this service has not heard of yet."""
    zone: ZoneInfo = DEFAULT_ZONE
    currency: str = "CNY"
    locale: str = "zh-CN"
    calendar: WorkingCalendar = field(
        default_factory=lambda: WorkingCalendar.of(DEFAULT_ZONE, DEFAULT_WEEK), compare=False
    )
    people: Mapping[PersonId, DirectoryPerson] = field(default_factory=dict)
    teams: Mapping[TeamId, DirectoryTeam] = field(default_factory=dict)

    def person(self, person_id: str) -> DirectoryPerson | None:
        """The person, active or not."""
        return self.people.get(PersonId(person_id))

    def person_by_subject(self, subject: str) -> DirectoryPerson | None:
        """The active person whom the identity provider calls so."""
        return self._by_subject.get(subject)

    def people_with_role(self, role: str, team_id: str | None = None) -> list[DirectoryPerson]:
        """Active people with the role, in order of id; with `team_id`, only those in it or in a team below."""
        teams = None if team_id is None else self.team_ids_under(team_id)
        return [
            person
            for _, person in sorted(self.people.items())
            if person.is_active and role in person.roles and (teams is None or person.team_id in teams)
        ]

    def supervisor_of(self, person_id: str) -> DirectoryPerson | None:
        """The nearest active supervisor, passing over those who have left."""
        return next(iter(self.supervisors_of(person_id)), None)

    def supervisors_of(self, person_id: str) -> list[DirectoryPerson]:
        """Active supervisors from the nearest to the top. A circle of reporting lines, which events that arrive one
        by one can show for a moment, ends where it closes."""
        chain: list[DirectoryPerson] = []
        seen = {PersonId(person_id)}
        above = self.person(person_id)
        while above is not None and above.supervisor_id is not None and above.supervisor_id not in seen:
            seen.add(above.supervisor_id)
            above = self.people.get(above.supervisor_id)
            if above is not None and above.is_active:
                chain.append(above)
        return chain

    def team_ids_under(self, team_id: str) -> frozenset[TeamId]:
        """The team and all teams below it; nothing for an unknown team."""
        found: set[TeamId] = set()
        pending = [TeamId(team_id)] if team_id in self.teams else []
        while pending:
            current = pending.pop()
            if current not in found:
                found.add(current)
                pending += self._children.get(current, ())
        return frozenset(found)

    def scope_team_ids(self, person_id: str) -> frozenset[TeamId]:
        """What team scope covers for the person: the teams led, or one's own where one leads none; each with all below.

        Somebody who leads a team often sits in the one above it, together with the other leaders, and must not see
        those others' teams for it.
        """
        known = self._scopes.get(person_id)
        if known is None:
            person = self.person(person_id)
            led = self._led.get(PersonId(person_id), ())
            tops: Iterable[TeamId] = led or ((person.team_id,) if person and person.team_id else ())
            known = frozenset().union(*(self.team_ids_under(team_id) for team_id in tops))
            if person is not None:
                self._scopes[person_id] = known
        return known

    @cached_property
    def _scopes(self) -> dict[str, frozenset[TeamId]]:
        """Kept for the next call of the same person, who is known: strangers' ids would fill it."""
        return {}

    @cached_property
    def _by_subject(self) -> dict[str, DirectoryPerson]:
        return {person.subject: person for person in self.people.values() if person.is_active}

    @cached_property
    def _children(self) -> dict[TeamId, list[TeamId]]:
        below: dict[TeamId, list[TeamId]] = {}
        for team in self.teams.values():
            if team.parent_team_id is not None:
                below.setdefault(team.parent_team_id, []).append(team.team_id)
        return below

    @cached_property
    def _led(self) -> dict[PersonId, list[TeamId]]:
        led: dict[PersonId, list[TeamId]] = {}
        for team in self.teams.values():
            if team.leader_id is not None:
                led.setdefault(team.leader_id, []).append(team.team_id)
        return led
