"""Puts the sample company into its tenant: people, teams, calendar, rep profiles, routing policy. Repeats nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime, time
from typing import Any

from sample_company import SampleCompany
from sample_company.model import RepProfile
from sample_company.vocabulary import INTENT_LEVELS
from throughline_cli.business_clock import settle
from throughline_cli.demo.policy import routing_policy
from throughline_cli.demo.stage import Stage
from throughline_cli.gateway import Json
from throughline_cli.lead_import.directory import DirectoryFolder

_SUMMARY_WITHIN_MIN = 180


def set_up(stage: Stage, company: SampleCompany, workers: Executor) -> None:
    """Brings the tenant to where leads can come in; what is there already stays."""
    _directory(company).send(stage.admin, dry_run=False, request_id=stage.key("directory"))
    settle(stage.operator)  # the router has heard of everybody then
    stage.meet(stage.admin.pages("/v1/people", "people", page_size=500))
    known = {rep["rep_id"] for rep in stage.admin.pages("/v1/reps", "reps", page_size=200) if int(rep["version"])}
    numbers = stage.by_number()
    missing = [rep for rep in company.reps if numbers[rep.employee_no].person_id not in known]
    list(workers.map(lambda rep: _put_profile(stage, company, rep), missing))
    _publish_policy(stage, company)
    _put_first_contact_settings(stage)


def _directory(company: SampleCompany) -> DirectoryFolder:
    return DirectoryFolder(
        teams=[
            {
                "team": team.name,
                "parent_team": team.parent_team or "",
                "leader_employee_no": team.leader_employee_no,
                "kind": team.kind,
            }
            for team in company.teams
        ],
        people=[
            {
                "employee_no": person.employee_no,
                "name": person.name,
                "subject": person.subject,
                "email": person.email,
                "team": person.team,
                "supervisor_employee_no": person.supervisor_employee_no or "",
                "roles": list(person.roles),
                "title": person.title,
            }
            for person in company.people
        ],
        days=[{"date": day.date.isoformat(), "kind": day.kind.upper(), "name": day.name} for day in company.calendar],
        hours=list(_shifts(company.week)),
    )


def _put_profile(stage: Stage, company: SampleCompany, rep: RepProfile) -> None:
    """Territories stay out: those of the sample are cities, and the router knows regions."""
    joined_at = datetime.combine(rep.joined_on, time(9), company.zone) if rep.joined_on else None
    profile: dict[str, Any] = {
        "industries": list(rep.industries),
        "regions": list(rep.regions),
        "segments": [segment.value for segment in rep.segments],
        "product_lines": list(rep.product_lines),
        "languages": list(rep.languages),
        "shifts": list(_shifts(rep.week)),
        "leave": [{"from": _utc(away.start), "to": _utc(away.end)} for away in rep.leave],
        "open_cap": rep.open_cap,
        "daily_cap": rep.daily_cap,
        "weight_pct": rep.weight_pct,
        "joined_at": _utc(joined_at) if joined_at else None,
    }
    rep_id = stage.by_number()[rep.employee_no].person_id
    body = {"profile": profile, "version": "0", "request_id": stage.key(f"rep:{rep.employee_no}")}
    stage.admin.put(f"/v1/reps/{rep_id}", body)


def _publish_policy(stage: Stage, company: SampleCompany) -> None:
    active: Json = stage.admin.get("/v1/routing-policies/active")["policy"]
    if active["version"]:
        return
    body = {
        "document": routing_policy(company),
        "version": 0,
        "note": stage.session.texts("demo.policy_note"),
        "request_id": stage.key("policy"),
    }
    stage.admin.post("/v1/routing-policies:publish", body)


def _put_first_contact_settings(stage: Stage) -> None:
    """Three hours for the summary: the demo looks at its clock every two."""
    held: Json = stage.admin.get("/v1/first-contact-settings")["settings"]
    if int(held["version"]):
        return
    levels = [{"code": level.upper(), "name": name} for level, name in INTENT_LEVELS.items()]
    body = {
        "version": "0",
        "settings": {"limit_min": _SUMMARY_WITHIN_MIN, "intent_levels": levels},
        "request_id": stage.key("first-contact-settings"),
    }
    stage.admin.put("/v1/first-contact-settings", body)


def _shifts(week: Any) -> Iterator[dict[str, int]]:
    """A week as the REST API takes it; weekday 1 is Monday."""
    for weekday, shifts in enumerate(week.days, start=1):
        for shift in shifts:
            yield {"weekday": weekday, "start_minute": shift.start_minute, "end_minute": shift.end_minute}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
