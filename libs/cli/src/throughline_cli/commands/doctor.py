"""`doctor`: what is wrong with the suite, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from throughline_cli.doctor.examination import examine_machine, examine_services
from throughline_cli.doctor.findings import Finding
from throughline_cli.endpoints import URL_SETTING
from throughline_cli.failures import Exit, Failure
from throughline_cli.options import AsJson
from throughline_cli.session import Session, session_of


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("doctor")(doctor)


def doctor(context: typer.Context, *, as_json: AsJson = False) -> None:
    session = session_of(context)
    found = _examine(session)
    told = [{**asdict(finding), **_said(session, finding)} for finding in found]
    session.screen.show({"healthy": not found, "findings": told}, lambda: _view(session, found), as_json=as_json)
    if found:
        raise typer.Exit(Exit.FAILED)


def _examine(session: Session) -> list[Finding]:
    found = [] if session.environment.get(URL_SETTING) else list(examine_machine(session.suite))
    try:
        # What does not answer at once is a finding.
        found += examine_services(session.operator(patience_s=0))
    except Failure as failure:
        found.append(Finding("gateway", "gateway", {"cause": failure.values.get("cause", failure.key)}))
    return found


def _view(session: Session, found: list[Finding]) -> None:
    for finding in found:
        said = _said(session, finding)
        session.screen.line(f"{finding.place}: {said['what']}", "bold")
        session.screen.line(f"    {said['do']}")
    session.screen.say("doctor.count" if found else "doctor.healthy", count=len(found))


def _said(session: Session, finding: Finding) -> dict[str, str]:
    values = {**finding.values, "place": finding.place, "program": session.program}
    if "check" in finding.values:
        values["check"] = session.texts.word("reconciliation_check", str(finding.values["check"]))
    return {
        "what": session.texts(f"doctor.{finding.code}", **values),
        "do": session.texts(f"doctor.{finding.code}.do", **values),
    }
