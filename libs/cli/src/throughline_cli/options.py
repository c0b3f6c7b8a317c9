"""Options that many commands share. What they mean is in the catalogue, under `option.<name>`."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json")]
"""Show one JSON document in place of text."""

AsSubject = Annotated[str, typer.Option("--as", metavar="SUBJECT")]
"""Subject of the person to call as."""

OfTenant = Annotated[str, typer.Option("--tenant", metavar="ID")]
"""Tenant of that person."""

Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000)]
"""How many at the most."""
