"""Migrated databases for measurements, and an issuer of tokens; all gone at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from support.databases import DatabaseFactory
from support.postgres import shared_server
from support.shared import SharedFolder
from support.tokens import TokenIssuer


@contextmanager
def databases(*, durable: bool) -> Iterator[tuple[DatabaseFactory, TokenIssuer]]:
    """Databases on a server of this measurement's own.

    Args:
        durable: with fsync, for what writes; without, a million rows are there sooner, and reading is the same.
    """
    with ExitStack() as stack:
        shared = SharedFolder.make()
        stack.callback(shared.close)
        factory = DatabaseFactory(shared_server(shared, durable=durable), shared)
        stack.callback(factory.close)
        yield factory, stack.enter_context(TokenIssuer.start())
