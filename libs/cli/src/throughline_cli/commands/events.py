"""`events republish|snapshot`: events again, for a broker or a consumer that has none."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from embedded.services import SERVICES
from throughline_cli.options import AsJson
from throughline_cli.refill import republish_of, snapshot_of
from throughline_cli.session import Session, session_of
from throughline_cli.times import DEFAULT_ZONE

_Services = Annotated[list[str] | None, typer.Option("--service", metavar="SERVICE")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = typer.Typer(no_args_is_help=True)
    group.command("republish")(republish)
    group.command("snapshot")(snapshot)
    app.add_typer(group, name="events")


def republish(
    context: typer.Context,
    *,
    service: _Services = None,
    since: Annotated[datetime | None, typer.Option("--since", metavar="TIME")] = None,
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    gateway = session.operator()
    moment = since.replace(tzinfo=since.tzinfo or DEFAULT_ZONE).isoformat() if since else None
    events = {each: republish_of(gateway, each, moment) for each in service or SERVICES}
    _show(session, "events.republished", events, as_json=as_json)


def snapshot(
    context: typer.Context,
    *,
    service: _Services = None,
    aggregate: Annotated[str, typer.Option("--aggregate")] = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    gateway = session.operator()
    events = {each: snapshot_of(gateway, each, aggregate) for each in service or SERVICES}
    _show(session, "events.snapshot", events, as_json=as_json)


def _show(session: Session, key: str, events: dict[str, int], *, as_json: bool) -> None:
    def view() -> None:
        session.screen.facts(list(events.items()))
        session.screen.say(key, count=sum(events.values()))

    session.screen.show(events, view, as_json=as_json)
