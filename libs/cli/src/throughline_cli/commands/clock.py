"""`clock forward`: lets business time pass."""

from __future__ import annotations

from typing import Annotated

import typer

from throughline_cli.business_clock import forward
from throughline_cli.failures import Exit, Failure
from throughline_cli.options import AsJson
from throughline_cli.session import session_of
from throughline_cli.times import clock_time, span


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = typer.Typer(no_args_is_help=True)
    group.command("forward")(clock_forward)
    group.callback()(lambda: None)
    app.add_typer(group, name="clock")


def clock_forward(
    context: typer.Context, by: Annotated[str, typer.Argument(metavar="SPAN")], as_json: AsJson = False
) -> None:
    session = session_of(context)
    try:
        length = span(by)
    except ValueError as error:
        raise Failure("failure.usage", Exit.USAGE, {"cause": error}) from error
    with session.screen.progress(session.texts("clock.moving", by=by), None, silent=as_json):
        moved = forward(session.operator(), length)
    now = clock_time(moved["business_now"])
    session.screen.show(moved, lambda: session.screen.say("clock.now", now=now), as_json=as_json)
