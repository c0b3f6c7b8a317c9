"""`reps list`: who is in routing, how full, and what the fairness ledger says."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from throughline_cli.amounts import hundredths
from throughline_cli.options import AsJson, AsSubject, OfTenant
from throughline_cli.people import names_of
from throughline_cli.session import Session, session_of


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_reps)
    app.add_typer(group, name="reps")


def list_reps(
    context: typer.Context,
    *,
    team: Annotated[str, typer.Option("--team", metavar="ID")] = "",
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    gateway = session.gateway(as_subject, tenant)
    reps = list(gateway.pages("/v1/reps", "reps", team_id=team, page_size=200))
    names = {} if as_json else names_of(gateway, (rep["rep_id"] for rep in reps))
    session.screen.show(reps, lambda: _table(session, reps, names), as_json=as_json)


def _table(session: Session, reps: list[dict[str, Any]], names: dict[str, str]) -> None:
    texts = session.texts
    columns = ("rep", "state", "open", "today", "total", "balance", "worth", "rep_id")
    rows = [
        (
            names.get(rep["rep_id"], ""),
            texts("reps.paused" if rep["is_paused"] else "reps.active" if rep["is_active"] else "reps.inactive"),
            f"{rep['open_leads']}/{rep['profile']['open_cap']}",
            f"{rep['leads_today']}/{rep['profile']['daily_cap']}",
            rep["leads_total"],
            hundredths(rep["balance"], signed=True),
            hundredths(rep["worth_received"]),
            rep["rep_id"],
        )
        for rep in reps
    ]
    session.screen.table([texts(f"reps.column.{name}") for name in columns], rows, numbers=(2, 3, 4, 5, 6))
