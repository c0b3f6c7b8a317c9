"""What a search over all services finds, and in which order it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from matching.search_keys import closeness


class SearchKind(StrEnum):
    """What can be found; of equally near things, in this order."""

    CUSTOMER = "customer"
    CONTACT = "contact"
    LEAD = "lead"
    OPPORTUNITY = "opportunity"


_PLACES = {kind: place for place, kind in enumerate(SearchKind)}


@dataclass(frozen=True, slots=True)
class FoundThing:
    """Something that an owner has found, as the caller may see it."""

    kind: SearchKind
    resource: str
    """As in its URL, for example `customers/0190f3c4-…`."""
    title: str
    subtitle: str = ""
    names: tuple[str, ...] = ()
    """What else it is called."""
    codes: tuple[str, ...] = ()
    """Texts of which a query may be the beginning."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A thing that was found, and how near it is."""

    thing: FoundThing
    closeness: float
    """How much of the name the query says, from 0 to 1; 0 where it was found by something that is not shown."""


def ranked(query: str, things: Iterable[FoundThing], size: int) -> list[SearchHit]:
    """The nearest things of all kinds, at most `size`; equally near ones by kind, then as their owner has them."""
    hits = [SearchHit(thing, closeness(query, (thing.title, *thing.names), *thing.codes)) for thing in things]
    return sorted(hits, key=lambda hit: (-hit.closeness, _PLACES[hit.thing.kind]))[:size]
