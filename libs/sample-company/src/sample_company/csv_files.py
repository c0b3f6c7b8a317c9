"""Tables of the sample company as CSV files: those that the product imports, and what is true behind them.

Files are UTF-8 without a mark, lines end in a line feed, several values in one cell are parted by semicolons, instants
are RFC 3339 in UTC and money is in yuan. The same company gives the same bytes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from sample_company.model import CURRENCY, Lead, LeadPlan, RepProfile, SampleCompany
from sample_company.vocabulary import SIGNALS

Cell: TypeAlias = str | int | bool | datetime | date | timedelta | tuple[str, ...] | None
Row: TypeAlias = dict[str, Cell]

_SAME_IN_FILE: Final = (
    "company", "person", "phone", "email", "credit_code", "city", "source", "external_id", "utm_source", "utm_medium",
    "utm_campaign", "attachment_types", "industry", "region", "segment", "product_line", "language", "budget_tier",
    "purchase_stage", "tech_preference", "trial_ends_at", "compares_competitors", "message", "received_at",
)  # fmt: skip


def write(company: SampleCompany, folder: Path) -> tuple[Path, ...]:
    """Writes all tables into `folder`, made where missing, over files of the same names; gives the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write_table(folder / f"{name}.csv", rows) for name, rows in _tables(company).items())


def _tables(company: SampleCompany) -> dict[str, Iterable[Row]]:
    return {
        "teams": _teams(company),
        "people": _people(company),
        "calendar": ({"date": day.date, "kind": day.kind, "name": day.name} for day in company.calendar),
        "reps": (_rep(company, rep) for rep in company.reps),
        "shifts": _shifts(company),
        "leave": _leave(company),
        "territories": _territories(company),
        "products": _products(company),
        "customers": _customers(company),
        "contacts": _contacts(company),
        "leads": (_lead(lead) for lead in company.leads),
        "lead_truth": _truth(company),
        "lead_plans": (_plan(plan) for plan in company.plans),
        "follow_ups": _follow_ups(company),
    }


def _teams(company: SampleCompany) -> Iterator[Row]:
    for team in company.teams:
        yield {
            "team": team.name,
            "parent_team": team.parent_team,
            "leader_employee_no": team.leader_employee_no,
            "kind": team.kind,
        }


def _people(company: SampleCompany) -> Iterator[Row]:
    for person in company.people:
        yield {
            "employee_no": person.employee_no,
            "name": person.name,
            "subject": person.subject,
            "email": person.email,
            "team": person.team,
            "supervisor_employee_no": person.supervisor_employee_no,
            "roles": person.roles,
            "title": person.title,
        }


def _rep(company: SampleCompany, rep: RepProfile) -> Row:
    cities = next((each.cities for each in company.territories if each.key == rep.territory), ())
    return {
        "employee_no": rep.employee_no,
        "industries": rep.industries,
        "regions": rep.regions,
        "segments": rep.segments,
        "product_lines": rep.product_lines,
        "languages": rep.languages,
        "territory_cities": cities,
        "shift": rep.shift_name,
        "open_cap": rep.open_cap,
        "daily_cap": rep.daily_cap,
        "weight_pct": rep.weight_pct,
        "joined_on": rep.joined_on,
    }


def _shifts(company: SampleCompany) -> Iterator[Row]:
    """The company's hours under an empty employee number, then those of each rep; weekday 1 is Monday."""
    for employee_no, week in [("", company.week), *((rep.employee_no, rep.week) for rep in company.reps)]:
        for weekday, shifts in enumerate(week.days, start=1):
            for shift in shifts:
                yield {
                    "employee_no": employee_no,
                    "weekday": weekday,
                    "start_minute": shift.start_minute,
                    "end_minute": shift.end_minute,
                }


def _leave(company: SampleCompany) -> Iterator[Row]:
    for rep in company.reps:
        for away in rep.leave:
            yield {"employee_no": rep.employee_no, "from": away.start, "to": away.end}


def _territories(company: SampleCompany) -> Iterator[Row]:
    for territory in company.territories:
        yield {
            "territory": territory.key,
            "name": territory.name,
            "region": territory.region,
            "cities": territory.cities,
            "segment": territory.segment,
            "owner_employee_no": territory.owner_employee_no,
        }


def _products(company: SampleCompany) -> Iterator[Row]:
    names = {line.key: line.name for line in company.product_lines}
    for product in company.products:
        yield {
            "product": product.key,
            "name": product.name,
            "product_line": product.product_line,
            "product_line_name": names[product.product_line],
            "list_price": _yuan(product.list_price_hundredths),
            "currency": CURRENCY,
        }


def _customers(company: SampleCompany) -> Iterator[Row]:
    for customer in company.customers:
        yield {
            "customer": customer.key,
            "name": customer.name,
            "industry": customer.industry,
            "segment": customer.segment,
            "grade": customer.grade,
            "region": customer.region,
            "city": customer.city,
            "address": customer.address,
            "credit_code": customer.credit_code,
            "owner_employee_no": customer.owner_employee_no,
            "product_lines": customer.product_lines,
            "customer_since": customer.customer_since,
        }


def _contacts(company: SampleCompany) -> Iterator[Row]:
    for customer in company.customers:
        for contact in customer.contacts:
            yield {
                "contact": contact.key,
                "customer": customer.key,
                "name": contact.name,
                "title": contact.title,
                "decision_role": contact.decision_role,
                "phone": contact.phone,
                "email": contact.email,
            }


def _lead(lead: Lead) -> Row:
    row: Row = {column: getattr(lead, column) for column in _SAME_IN_FILE}
    row["amount"] = _yuan(lead.amount_hundredths)
    row["currency"] = CURRENCY if lead.amount_hundredths is not None else ""
    row["consents"] = lead.consents
    row |= {f"signal_{kind}": lead.signals.get(kind) for kind in SIGNALS}
    return row


def _truth(company: SampleCompany) -> Iterator[Row]:
    for number, lead in enumerate(company.leads, start=1):
        yield {
            "row_number": number,
            "lead": lead.key,
            "external_id": lead.external_id,
            "customer": lead.customer_key,
            "duplicate_of": lead.duplicate_of,
            "perturbations": lead.perturbations,
            "fault": lead.fault,
        }


def _plan(plan: LeadPlan) -> Row:
    return {
        "lead": plan.lead_key,
        "pace": plan.pace,
        "outcome": plan.outcome,
        "outcome_after_s": plan.outcome_after,
        "close_reason": plan.close_reason,
        "quality_rating": plan.quality_rating,
        "is_won": plan.is_won,
        "deal_after_s": plan.deal_after,
        "deal_amount": _yuan(plan.deal_amount_hundredths),
    }


def _follow_ups(company: SampleCompany) -> Iterator[Row]:
    for plan in company.plans:
        for follow_up in plan.follow_ups:
            yield {
                "follow_up": follow_up.key,
                "lead": plan.lead_key,
                "after_s": follow_up.after,
                "channel": follow_up.channel,
                "summary": follow_up.summary,
                "tags": follow_up.tags,
                "intent_level": follow_up.intent_level,
                "next_action": follow_up.next_action,
                "next_action_after_s": follow_up.next_action_after,
                "is_effective": follow_up.is_effective,
            }


def _write_table(path: Path, rows: Iterable[Row]) -> Path:
    table = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({column: _text(cell) for column, cell in row.items()} for row in table)
    return path


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(cell, timedelta):
        return str(cell // timedelta(seconds=1))
    if isinstance(cell, tuple):
        return ";".join(cell)
    return "" if cell is None else str(cell)


def _yuan(hundredths: int | None) -> str:
    return "" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02d}"
