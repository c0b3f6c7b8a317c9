"""A team and its place in the tree."""

from dataclasses import dataclass

from chassis.ids import PersonId, TeamId


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the tenant. Its name is unique and the key by which files name it."""

    id: TeamId
    name: str
    kind: str
    """For example `sales` or `legal`."""
    parent_id: TeamId | None = None
    leader_id: PersonId | None = None
    version: int = 1
