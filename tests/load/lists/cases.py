"""What is asked of a list: who asks, how, and which rows may come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message

from load.measuring.crowd import Filling


@dataclass(frozen=True, slots=True)
class Case:
    """One question.

    Attributes:
        who: subject of the caller.
        what: the question in words, for the table of figures.
        filter: the request without its paging.
        is_deep: the page in the middle of the tenant's rows, reached by its token, instead of the first.
        may_be_empty: nothing has to be found.
    """

    who: str
    what: str
    filter: Message
    is_deep: bool = False
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """One list of a service.

    Attributes:
        name: of its things, as in URLs.
        table: that it reads.
        stub: its service's.
        method: its RPC.
        rows: field of the answer that holds the things.
        id: field of a thing that holds its id, dotted where it lies deeper.
        cases: what is asked.
        order: columns of the table by which it is sorted, the id last.
        is_newest_first: whether they run down.
    """

    name: str
    table: str
    stub: Callable[[grpc.aio.Channel], Any]
    method: str
    rows: str
    id: str
    cases: Sequence[Case]
    order: Sequence[str] = ("id",)
    is_newest_first: bool = True


@dataclass(frozen=True, slots=True)
class ListsOfService:
    """A service with the lists that are measured, and what fills its tables."""

    service: str
    lists: Sequence[List]
    fillings: Sequence[Filling]
