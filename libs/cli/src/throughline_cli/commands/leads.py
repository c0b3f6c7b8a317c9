"""`leads list|show|receipt`: what came in, who has it, and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from throughline_cli.amounts import money
from throughline_cli.options import AsJson, AsSubject, Limit, OfTenant
from throughline_cli.receipt_view import show_receipt
from throughline_cli.session import Session, session_of
from throughline_cli.times import clock_time

_Lead = Annotated[str, typer.Argument(metavar="LEAD_ID")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_leads)
    group.command("show")(show_lead)
    group.command("receipt")(receipt)
    app.add_typer(group, name="leads")


def list_leads(
    context: typer.Context,
    *,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE")] = None,
    owner: Annotated[str, typer.Option("--owner", metavar="ID")] = "",
    source: Annotated[str, typer.Option("--source")] = "",
    silent: Annotated[bool, typer.Option("--to-be-activated")] = False,
    limit: Limit = 50,
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    filters: dict[str, Any] = {
        "states": [word.upper() for word in state or []],
        "owner_id": owner,
        "source": source,
        "to_be_activated": silent or None,
        "page_size": min(limit, 200),
    }
    gateway = session.gateway(as_subject, tenant)
    leads = list(gateway.pages("/v1/leads", "leads", limit=limit, **filters))
    session.screen.show(leads, lambda: _table(session, leads), as_json=as_json)


def show_lead(
    context: typer.Context, lead_id: _Lead, as_subject: AsSubject = "", tenant: OfTenant = "", as_json: AsJson = False
) -> None:
    session = session_of(context)
    lead = session.gateway(as_subject, tenant).get(f"/v1/leads/{lead_id}")["lead"]
    session.screen.show(lead, lambda: _facts(session, lead), as_json=as_json)


def receipt(
    context: typer.Context,
    *,
    lead_id: _Lead,
    decision: Annotated[str, typer.Option("--decision", metavar="ID")] = "",
    rep: Annotated[str, typer.Option("--rep", metavar="ID")] = "",
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    gateway = session.gateway(as_subject, tenant)
    found = gateway.get(f"/v1/leads/{lead_id}/receipt", decision_id=decision, rep_id=rep)
    session.screen.show(found, lambda: show_receipt(session.screen, found), as_json=as_json)


def _table(session: Session, leads: list[dict[str, Any]]) -> None:
    texts = session.texts
    names = ("received_at", "lead_id", "state", "source", "company", "worth", "owner")
    rows = [
        (
            clock_time(lead["received_at"]),
            lead["lead_id"],
            state_of(session, lead),
            (lead["origin"] or {}).get("source"),
            (lead["identity"] or {}).get("company"),
            money(lead["worth"]),
            lead["owner_id"],
        )
        for lead in leads
    ]
    session.screen.table([texts(f"leads.column.{name}") for name in names], rows, numbers=(5,))
    session.screen.note("leads.count", count=len(leads))


def state_of(session: Session, lead: dict[str, Any]) -> str:
    """Where a lead stands, with why it waits or that it is to be activated."""
    texts = session.texts
    words = [texts.word("lead_state", lead["state"] or "")]
    if lead["waiting_reason"]:
        words.append(texts.word("waiting_reason", lead["waiting_reason"]))
    if lead["to_be_activated"]:
        words.append(texts("leads.to_be_activated"))
    return " · ".join(words)


def _facts(session: Session, lead: dict[str, Any]) -> None:
    texts = session.texts
    facts: list[tuple[str, object]] = [(texts("leads.fact.state"), state_of(session, lead))]
    times = {
        "received_at",
        "assigned_at",
        "first_touched_at",
        "last_follow_up_at",
        "response_due_at",
        "follow_up_due_at",
    }
    for name in ("lead_id", "version", "owner_id", "merged_into", "end_reason", "touches", "is_urgent", *sorted(times)):
        value = lead[name]
        if value not in (None, "", False):
            shown = clock_time(value) if name in times else texts("yes") if value is True else value
            facts.append((texts(f"leads.fact.{name}"), shown))
    facts.append((texts("leads.fact.worth"), money(lead["worth"])))
    for group in ("identity", "origin", "profile"):
        given = {name: value for name, value in (lead[group] or {}).items() if value not in (None, "", [], False)}
        facts.append(
            (texts(f"leads.fact.{group}"), ", ".join(f"{name}={_plain(value)}" for name, value in given.items()))
        )
    if lead["warnings"]:
        facts.append((texts("leads.fact.warnings"), ", ".join(lead["warnings"])))
    session.screen.facts(facts)


def _plain(value: Any) -> Any:
    return money(value) if isinstance(value, dict) else value
