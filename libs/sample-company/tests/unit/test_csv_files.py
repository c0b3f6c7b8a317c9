"""The files are what the product's import reads."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sample_company import SampleCompany


@pytest.fixture(scope="module")
def tables(company: SampleCompany, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("company")
    return {path.stem: _rows(path) for path in company.write_csv(folder)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_people_have_the_columns_of_the_directory_import(tables: dict[str, list[dict[str, str]]]) -> None:
    assert list(tables["people"][0]) == [
        "employee_no", "name", "subject", "email", "team", "supervisor_employee_no", "roles", "title",
    ]  # fmt: skip
    assert len(tables["people"]) == 63
    assert {row["roles"] for row in tables["people"]} >= {"director", "rep", "presales;supervisor", "admin"}


def test_teams_and_calendar_have_the_columns_of_the_import(tables: dict[str, list[dict[str, str]]]) -> None:
    assert list(tables["teams"][0]) == ["team", "parent_team", "leader_employee_no", "kind"]
    assert list(tables["calendar"][0]) == ["date", "kind", "name"]
    assert {row["kind"] for row in tables["calendar"]} == {"off", "working"}


def test_rows_refer_to_rows_that_are_there(tables: dict[str, list[dict[str, str]]]) -> None:
    people = {row["employee_no"] for row in tables["people"]}
    leads = {row["lead"] for row in tables["lead_truth"]}
    customers = {row["customer"] for row in tables["customers"]}

    assert {row["supervisor_employee_no"] for row in tables["people"]} - {""} <= people
    assert {row["leader_employee_no"] for row in tables["teams"]} <= people
    assert {row["employee_no"] for row in [*tables["reps"], *tables["leave"]]} <= people
    assert {row["owner_employee_no"] for row in [*tables["customers"], *tables["territories"]]} - {""} <= people
    assert {row["customer"] for row in [*tables["contacts"], *tables["lead_truth"]]} - {""} <= customers
    assert {row["lead"] for row in [*tables["lead_plans"], *tables["follow_ups"]]} <= leads


def test_the_file_of_leads_tells_nothing_of_the_truth_behind_them(tables: dict[str, list[dict[str, str]]]) -> None:
    assert len(tables["leads"]) == len(tables["lead_truth"]) == 2000
    assert {"duplicate_of", "perturbations", "fault", "customer_key", "key"}.isdisjoint(tables["leads"][0])


def test_values_are_written_so_that_machines_read_them(
    company: SampleCompany, tables: dict[str, list[dict[str, str]]]
) -> None:
    for lead, row in zip(company.leads, tables["leads"], strict=True):
        assert row["amount"] == ("" if lead.amount_hundredths is None else f"{lead.amount_hundredths / 100:.2f}")
        assert row["received_at"] == f"{lead.received_at:%Y-%m-%dT%H:%M:%SZ}"
        assert row["compares_competitors"] == ("true" if lead.compares_competitors else "false")
        assert row["attachment_types"].split(";") == list(lead.attachment_types or ("",))


def test_office_hours_stand_first_and_without_a_person(tables: dict[str, list[dict[str, str]]]) -> None:
    office = [row for row in tables["shifts"] if row["employee_no"] == ""]

    assert len(office) == 10
    assert office[0] == {"employee_no": "", "weekday": "1", "start_minute": "540", "end_minute": "720"}
