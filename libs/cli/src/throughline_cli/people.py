"""Names of people by id."""

from __future__ import annotations

from collections.abc import Iterable

from throughline_cli.gateway import Gateway

_AT_ONCE = 100


def names_of(gateway: Gateway, person_ids: Iterable[str]) -> dict[str, str]:
    """Names by person id; ids that the directory does not know are left out."""
    wanted = sorted({person_id for person_id in person_ids if person_id})
    names: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        found = gateway.get("/v1/people:batchGet", person_ids=wanted[start : start + _AT_ONCE])
        names |= {person["person_id"]: person["name"] for person in found["people"]}
    return names
