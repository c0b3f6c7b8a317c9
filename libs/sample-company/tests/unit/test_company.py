"""The company makes sense: everybody has a place, and the numbers a router needs are usable."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from sample_company import SampleCompany
from sample_company.credit_code import check_sign
from sample_company.model import Segment
from sample_company.vocabulary import INDUSTRIES, PRODUCT_LINES

ROLES = {
    "admin", "director", "supervisor", "rep", "marketing", "presales", "legal", "delivery", "finance",
    "customer_success", "compliance",
}  # fmt: skip


def test_there_are_63_people_28_of_them_reps(company: SampleCompany) -> None:
    roles = Counter(role for person in company.people for role in person.roles)

    assert len(company.people) == 63
    assert roles["rep"] == len(company.reps) == 28
    assert set(roles) == ROLES
    assert (roles["director"], roles["admin"]) == (1, 1)


def test_reporting_lines_are_one_tree_under_the_director(company: SampleCompany) -> None:
    above = {person.employee_no: person.supervisor_employee_no for person in company.people}

    tops = [number for number, supervisor in above.items() if supervisor is None]

    assert [person.employee_no for person in company.people if "director" in person.roles] == tops
    for number in above:
        steps, at = 0, number
        while (supervisor := above[at]) is not None:
            at, steps = supervisor, steps + 1
            assert steps < len(above)
        assert at == tops[0]


def test_every_rep_reports_to_the_supervisor_who_leads_the_team(company: SampleCompany) -> None:
    leaders = {team.name: team.leader_employee_no for team in company.teams}
    people = {person.employee_no: person for person in company.people}

    for rep in company.reps:
        person = people[rep.employee_no]
        assert person.supervisor_employee_no == leaders[person.team]
        assert people[leaders[person.team]].roles == ("supervisor",)


def test_teams_are_one_tree_and_known_by_name(company: SampleCompany) -> None:
    parents = {team.name: team.parent_team for team in company.teams}

    assert len(parents) == len(company.teams)
    assert [name for name, parent in parents.items() if parent is None] == ["衡岳医疗"]
    assert all(parent in parents for parent in parents.values() if parent is not None)
    assert {person.team for person in company.people} <= set(parents)


def test_logins_and_addresses_are_unique_and_reach_nobody(company: SampleCompany) -> None:
    assert len({person.subject for person in company.people}) == 63
    assert len({person.email for person in company.people}) == 63
    assert all(person.subject.isascii() and person.subject.isalpha() for person in company.people)
    assert all(person.email.endswith("@hengyue.example") for person in company.people)


def test_caps_and_weights_are_positive_and_the_team_can_take_a_busy_day(company: SampleCompany) -> None:
    busiest = max(Counter(lead.received_at.astimezone(company.zone).date() for lead in company.leads).values())

    assert all(rep.open_cap > rep.daily_cap > 0 and 1 <= rep.weight_pct <= 200 for rep in company.reps)
    assert sum(rep.daily_cap for rep in company.reps) > busiest


def test_all_shifts_newcomers_part_timers_and_leave_are_there(company: SampleCompany) -> None:
    newcomers = [rep for rep in company.reps if rep.joined_on is not None]

    assert {rep.shift_name for rep in company.reps} == {"weekday", "late", "weekend"}
    assert len(newcomers) == 3
    assert all(rep.joined_on and timedelta(0) <= company.start - rep.joined_on < timedelta(30) for rep in newcomers)
    assert any(rep.weight_pct < 100 for rep in company.reps)
    assert any(rep.leave for rep in company.reps)


def test_somebody_knows_each_line_in_each_region_and_segment(company: SampleCompany) -> None:
    for region in ("浙江", "江苏", "上海", "安徽"):
        for segment in Segment:
            able = [rep for rep in company.reps if region in rep.regions and segment in rep.segments]

            assert {line for rep in able for line in rep.product_lines} == set(PRODUCT_LINES)
            assert {industry for rep in able for industry in rep.industries} >= {"private_hospital", "dealer"}


def test_every_city_of_a_key_account_has_exactly_one_owner(company: SampleCompany) -> None:
    owners = Counter(city for territory in company.territories for city in territory.cities)
    reps = {rep.employee_no: rep for rep in company.reps}

    assert set(owners.values()) == {1}
    assert {customer.city for customer in company.customers} <= set(owners)
    for territory in company.territories:
        assert territory.region in reps[territory.owner_employee_no].regions
        assert reps[territory.owner_employee_no].territory == territory.key


def test_a_rep_on_leave_does_not_work_and_the_office_does(company: SampleCompany) -> None:
    rep = next(rep for rep in company.reps if rep.leave and rep.shift_name == "weekday")
    away = rep.leave[0]

    assert company.working_calendar(rep).between(away.start, away.end) == timedelta(0)
    assert company.working_calendar().is_working(datetime(2026, 3, 2, 2, tzinfo=UTC))


def test_the_calendar_has_the_holidays_of_the_year(company: SampleCompany) -> None:
    names = {day.date: (day.kind.value, day.name) for day in company.calendar}

    assert names[date(2026, 4, 6)] == ("off", "清明")
    assert names[date(2026, 5, 9)] == ("working", "劳动节调休")
    assert company.years_without_holidays == ()


def test_customers_are_600_with_names_codes_and_owners_that_fit(company: SampleCompany) -> None:
    reps = {rep.employee_no: rep for rep in company.reps}
    regions = Counter(customer.region for customer in company.customers)

    assert len({customer.name for customer in company.customers}) == 600
    assert len({customer.credit_code for customer in company.customers}) == 600
    assert set(regions) == {"浙江", "江苏", "上海", "安徽"}
    assert regions.most_common(1)[0][0] == "浙江"
    for customer in company.customers:
        assert check_sign(customer.credit_code[:17]) == customer.credit_code[17]
        assert customer.credit_code[2:8].endswith("99")
        assert customer.industry in INDUSTRIES
        if customer.owner_employee_no is not None:
            owner = reps[customer.owner_employee_no]
            assert customer.region in owner.regions
            assert customer.segment in owner.segments


def test_the_check_sign_is_that_of_the_standard() -> None:
    # The example of GB 32100-2015, annex.
    assert check_sign("91350100M000100Y4") == "3"


def test_products_have_prices_and_known_lines(company: SampleCompany) -> None:
    assert Counter(product.product_line for product in company.products) == dict.fromkeys(PRODUCT_LINES, 4)
    assert all(product.list_price_hundredths > 0 for product in company.products)
