"""What the sample company consists of. Everything is frozen and carries a key that is the same for the same seed.

Words are those of the product: codes such as `imaging` go into its fields, `vocabulary` has the Chinese label of each.
Instants are aware UTC; money is a whole number of hundredths of the yuan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from chassis.chinese_holidays import CalendarDay
from chassis.shifts import Interval, Week
from chassis.working_time import WorkingCalendar

CURRENCY = "CNY"


class Segment(StrEnum):
    """Size class of a customer: key account 大客户, or small and medium business 中小客户."""

    KA = "KA"
    SMB = "SMB"


class Channel(StrEnum):
    """How a contact happened."""

    PHONE = "phone"
    VISIT = "visit"
    EMAIL = "email"
    CHAT = "chat"
    MEETING = "meeting"


class FollowUpTag(StrEnum):
    """The five one-tap tags of a follow-up."""

    PRICE_OBJECTION = "price_objection"
    COMPETITOR_COMPARISON = "competitor_comparison"
    DECISION_PENDING = "decision_pending"
    BUDGET_OPEN = "budget_open"
    REQUIREMENT_CHANGED = "requirement_changed"


class Perturbation(StrEnum):
    """How a duplicate differs from the lead it repeats."""

    PHONE_FULL_WIDTH = "phone_full_width"
    PHONE_INTERNATIONAL_00 = "phone_0086"
    PHONE_INTERNATIONAL_PLUS = "phone_plus_86"
    PHONE_SPACED = "phone_spaced"
    COMPANY_SHORTENED = "company_shortened"
    COMPANY_REMARK = "company_remark"
    COMPANY_SPACED = "company_spaced"
    PERSON_BY_TITLE = "person_by_title"
    EMAIL_UPPER_CASE = "email_upper_case"
    OTHER_SOURCE = "other_source"
    RESENT = "resent"


class Fault(StrEnum):
    """Why the product must refuse a row."""

    NO_IDENTITY = "no_identity"
    UNKNOWN_SEGMENT = "unknown_segment"
    OVERLONG_COMPANY = "overlong_company"
    NO_SOURCE = "no_source"


class Pace(StrEnum):
    """How soon after its assignment a lead is first followed up."""

    AT_ONCE = "at_once"  # within half an hour
    IN_TIME = "in_time"  # within two hours
    SLOW = "slow"  # within a day, the response warning has rung
    LATE = "late"  # within 48 hours
    SILENT = "silent"  # after 48 hours or never


class Outcome(StrEnum):
    """What becomes of a lead in the time that the plan covers."""

    OPEN = "open"
    CONVERTED = "converted"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Team:
    """A team; `name` is its key in the product's directory."""

    key: str
    name: str
    kind: str
    parent_team: str | None
    leader_employee_no: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the directory; the key is the employee number."""

    employee_no: str
    name: str
    subject: str
    email: str
    team: str
    supervisor_employee_no: str | None
    roles: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class RepProfile:
    """What routing must know of a rep. `joined_on` is set for newcomers, whose weight and daily cap ramp up."""

    employee_no: str
    industries: tuple[str, ...]
    regions: tuple[str, ...]
    segments: tuple[Segment, ...]
    product_lines: tuple[str, ...]
    languages: tuple[str, ...]
    territory: str | None
    shift_name: str
    week: Week
    leave: tuple[Interval, ...]
    open_cap: int
    daily_cap: int
    weight_pct: int
    joined_on: date | None


@dataclass(frozen=True, slots=True)
class Territory:
    """Cities whose key accounts one rep looks after 区域."""

    key: str
    name: str
    region: str
    cities: tuple[str, ...]
    segment: Segment
    owner_employee_no: str


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product line; the key is its code."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its list price in hundredths of the yuan."""

    key: str
    name: str
    product_line: str
    list_price_hundredths: int


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a customer, with the part played in its decisions 决策链角色."""

    key: str
    name: str
    title: str
    decision_role: str
    phone: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Customer:
    """An organisation that the company already deals with. `owner_employee_no` is None for one in the public pool."""

    key: str
    name: str
    industry: str
    segment: Segment
    grade: str
    region: str
    city: str
    address: str
    credit_code: str
    owner_employee_no: str | None
    product_lines: tuple[str, ...]
    customer_since: date
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as it comes in, typed as people type, with what is known about it in truth.

    `duplicate_of` names the lead that it repeats, `perturbations` how it was disguised, `fault` why it must be
    refused, `customer_key` the existing customer it comes from. None of these is for the product to see.
    """

    key: str
    received_at: datetime
    source: str
    external_id: str
    company: str
    person: str
    phone: str
    email: str
    credit_code: str
    city: str
    region: str
    industry: str
    segment: str
    product_line: str
    product: str
    language: str
    budget_tier: str
    purchase_stage: str
    tech_preference: str
    amount_hundredths: int | None
    trial_ends_at: datetime | None
    compares_competitors: bool
    message: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    attachment_types: tuple[str, ...]
    form: Mapping[str, str]
    signals: Mapping[str, int]
    consents: tuple[str, ...]
    customer_key: str | None = None
    duplicate_of: str | None = None
    perturbations: tuple[Perturbation, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class PlannedFollowUp:
    """A follow-up that whoever owns the lead will make, `after` its assignment in elapsed time.

    `next_action_after` counts from the follow-up itself. `is_effective` tells whether it is meant to count 有效跟进.
    """

    key: str
    after: timedelta
    channel: Channel
    summary: str
    tags: tuple[FollowUpTag, ...]
    intent_level: str
    next_action: str
    next_action_after: timedelta | None
    is_effective: bool


@dataclass(frozen=True, slots=True)
class LeadPlan:
    """What will happen to a lead once it has an owner, whoever that is.

    It depends on nothing but the lead, so that two policies can be compared on the same customers. `outcome_after`
    counts from the assignment and is None for a lead left open; `deal_after` counts from the conversion.
    """

    lead_key: str
    pace: Pace
    follow_ups: tuple[PlannedFollowUp, ...]
    outcome: Outcome
    outcome_after: timedelta | None
    close_reason: str
    quality_rating: int | None
    is_won: bool | None
    deal_after: timedelta | None
    deal_amount_hundredths: int | None


@dataclass(frozen=True, slots=True)
class SampleCompany:
    """The whole company, its market and a month of its business.

    `years_without_holidays` names years in reach of the plan whose public holidays are not published; in these the
    calendar knows the week only.
    """

    seed: int
    start: date
    days: int
    name: str
    credit_code: str
    zone: ZoneInfo
    week: Week
    calendar: tuple[CalendarDay, ...]
    years_without_holidays: tuple[int, ...]
    teams: tuple[Team, ...]
    people: tuple[Person, ...]
    reps: tuple[RepProfile, ...]
    territories: tuple[Territory, ...]
    product_lines: tuple[ProductLine, ...]
    products: tuple[Product, ...]
    customers: tuple[Customer, ...]
    leads: tuple[Lead, ...]
    plans: tuple[LeadPlan, ...]

    def working_calendar(self, rep: RepProfile | None = None) -> WorkingCalendar:
        """Office hours of the company, or the shifts and leave of one rep."""
        office = WorkingCalendar.of(self.zone, self.week, {day.date: day.kind for day in self.calendar})
        return office if rep is None else office.for_person(week=rep.week, leave=rep.leave)

    def write_csv(self, folder: Path) -> tuple[Path, ...]:
        """Writes every table as UTF-8 CSV into `folder`, which is made where missing; gives the files written."""
        from sample_company.csv_files import write  # noqa: PLC0415 - the writer needs these classes first

        return write(self, folder)
