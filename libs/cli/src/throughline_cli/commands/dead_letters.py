"""`dead-letters list|show|replay`: events that a consumer could not apply."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from embedded.services import SERVICES
from throughline_cli.failures import Exit
from throughline_cli.options import AsJson, Limit
from throughline_cli.session import Session, new_request_id, session_of
from throughline_cli.times import clock_time

_Service = Annotated[str, typer.Argument(metavar="SERVICE")]
_Services = Annotated[list[str] | None, typer.Option("--service", metavar="SERVICE")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_dead_letters)
    group.command("show")(show)
    group.command("replay")(replay)
    app.add_typer(group, name="dead-letters")


def list_dead_letters(
    context: typer.Context,
    *,
    service: _Services = None,
    consumer: Annotated[str, typer.Option("--consumer")] = "",
    state: Annotated[str, typer.Option("--state", metavar="STATE")] = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    gateway = session.operator()
    found: list[dict[str, Any]] = []
    for each in service or SERVICES:
        path = f"/v1/operations/{each}/dead-letters"
        letters = gateway.pages(path, "dead_letters", limit=limit, consumer=consumer, state=state.upper())
        found += [{"service": each, **letter} for letter in letters]
    session.screen.show(found, lambda: _table(session, found), as_json=as_json)


def show(
    context: typer.Context,
    *,
    service: _Service,
    dead_letter_id: Annotated[str, typer.Argument(metavar="DEAD_LETTER_ID")],
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    found = session.operator().get(f"/v1/operations/{service}/dead-letters/{dead_letter_id}")

    def view() -> None:
        session.screen.facts([(name, value) for name, value in found["dead_letter"].items() if value is not None])
        session.screen.line(found["payload"])

    session.screen.show(found, view, as_json=as_json)


def replay(
    context: typer.Context,
    *,
    service: _Service,
    consumer: Annotated[str, typer.Argument(metavar="CONSUMER")],
    key: Annotated[str, typer.Option("--key")] = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    body = {"consumer": consumer, "key": key, "request_id": new_request_id("replay")}
    done = session.operator().post(f"/v1/operations/{service}/dead-letters:replay", body)
    session.screen.show(done, lambda: session.screen.say("dead_letters.replayed", **done), as_json=as_json)
    if done["remaining"]:
        raise typer.Exit(Exit.FAILED)


def _table(session: Session, letters: list[dict[str, Any]]) -> None:
    texts = session.texts
    if not letters:
        session.screen.say("dead_letters.none")
        return
    columns = ("service", "consumer", "state", "event", "key", "attempts", "parked_at", "fault", "id")
    rows = [
        (
            letter["service"],
            letter["consumer"],
            texts.word("dead_letter_state", letter["state"] or ""),
            letter["event_type"].rpartition(".")[2],
            letter["key"],
            letter["attempts"],
            clock_time(letter["parked_at"]),
            letter["fault"],
            letter["dead_letter_id"],
        )
        for letter in letters
    ]
    session.screen.table([texts(f"dead_letters.column.{name}") for name in columns], rows, numbers=(5,))
