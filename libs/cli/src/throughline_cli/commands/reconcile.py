"""`reconcile`: the records of each service held against their copies in the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from throughline_cli.failures import Exit
from throughline_cli.options import AsJson
from throughline_cli.session import Session, session_of

PATH = "/v1/operations/reconciliation"

_Checks = Annotated[list[str] | None, typer.Option("--check", metavar="CHECK")]
_Examples = Annotated[int, typer.Option("--examples", min=1, max=100)]
_COLUMNS = ("check", "owner", "copy", "owner_records", "copy_records", "differences")


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("reconcile")(reconcile)


def reconcile(
    context: typer.Context, *, check: _Checks = None, examples: _Examples = 10, as_json: AsJson = False
) -> None:
    session = session_of(context)
    codes = [each.upper().replace("-", "_") for each in check or ()]
    found = session.operator().get(PATH, codes=codes, examples=examples)
    session.screen.show(found, lambda: _view(session, found), as_json=as_json)
    if int(found["differences"]) or found["unanswered"]:
        raise typer.Exit(Exit.FAILED)


def _view(session: Session, found: dict[str, Any]) -> None:
    screen, texts = session.screen, session.texts
    checks = found["checks"]
    rows = [
        (
            texts.word("reconciliation_check", check["code"]),
            check["owner"],
            check["copy"],
            check["owner_records"],
            check["copy_records"],
            texts("reconcile.unanswered", service=check["unanswered"]) if check["unanswered"] else _count(check),
        )
        for check in checks
    ]
    screen.table([texts(f"reconcile.column.{name}") for name in _COLUMNS], rows, numbers=(3, 4, 5))
    for check in checks:
        if check["examples"]:
            _detail(session, check)
    if found["unanswered"]:
        screen.say("reconcile.incomplete", count=found["unanswered"])
    screen.say("reconcile.differing" if int(found["differences"]) else "reconcile.equal", count=found["differences"])


def _detail(session: Session, check: dict[str, Any]) -> None:
    screen, texts = session.screen, session.texts
    screen.heading(f"{texts.word('reconciliation_check', check['code'])}: {check['owner']} → {check['copy']}")
    for example in check["examples"]:
        what = texts.word("record_difference", example["kind"])
        facts: Sequence[str] = example["facts"]
        parked = f", {texts('reconcile.parked')}" if example["is_parked"] else ""
        screen.line(f"  {example['record_id']}  {what}{': ' if facts else ''}{', '.join(facts)}{parked}")
    for number, remedy in enumerate(check["remedies"], 1):
        said = texts(f"reconcile.remedy.{remedy['kind']}", program=session.program, **_places(remedy))
        screen.line(f"  {number}. {said}")


def _places(remedy: dict[str, Any]) -> dict[str, str]:
    return {name: remedy[name] or "" for name in ("service", "consumer", "aggregate")}


def _count(check: dict[str, Any]) -> str:
    return f"{check['differences']}{'+' if check['has_more'] else ''}"
