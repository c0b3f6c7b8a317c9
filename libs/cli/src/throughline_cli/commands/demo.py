"""`demo`: the first-line story, with the sample company on a running suite."""

from __future__ import annotations

from typing import Annotated

import typer

from throughline_cli.commands.suite import bring_up
from throughline_cli.endpoints import URL_SETTING
from throughline_cli.options import AsJson
from throughline_cli.session import session_of

_MOST_DAYS = 30
_MOST_LEADS = 3000


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    *,
    leads: Annotated[int, typer.Option("--leads", min=1, max=_MOST_LEADS)] = 2000,
    days: Annotated[int, typer.Option("--days", min=1, max=_MOST_DAYS)] = _MOST_DAYS,
    as_json: AsJson = False,
) -> None:
    from throughline_cli.demo.play import play  # noqa: PLC0415 - other commands need not wait for the sample company

    session = session_of(context)
    if URL_SETTING not in session.environment:
        bring_up(session, silent=as_json)
    play(session, leads=leads, days=days, as_json=as_json)
