"""A tenant 租户, and what it begins with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from chassis.chinese_holidays import CalendarDay
from chassis.errors import Invalid, Violation
from chassis.ids import PersonId, TeamId, TenantId
from collab.domain.person import ADMIN, Person
from collab.domain.team import Team
from collab.domain.work_calendar import WorkCalendar

LOCALES = ("zh-CN", "en")
FIRST_TEAM = "管理"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One company that uses the suite."""

    id: TenantId
    name: str
    zone: str
    """IANA name."""
    currency: str
    """ISO 4217."""
    locale: str
    """Language of what is sent out: `zh-CN` or `en`."""
    founder_id: PersonId
    """Its first administrator."""
    created_at: datetime
    is_active: bool = True
    version: int = 1

    def has_facts_of(self, other: "Tenant") -> bool:
        """Whether both were asked for in the same words."""
        mine = (self.id, self.name, self.zone, self.currency, self.locale)
        return mine == (other.id, other.name, other.zone, other.currency, other.locale)


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new tenant begins with."""

    tenant: Tenant
    team: Team
    administrator: Person
    calendar: WorkCalendar


def found_tenant(
    tenant_id: TenantId,
    *,
    name: str,
    zone: str,
    currency: str,
    locale: str,
    admin_subject: str,
    admin_name: str,
    holidays: Mapping[int, Sequence[CalendarDay]],
    at: datetime,
    make_id: Callable[[], str],
) -> Founding:
    """A tenant with its first team, its first administrator and the usual calendar.

    Raises:
        Invalid: names every fact that cannot be.
    """
    _require_plausible(zone, currency, locale)
    team_id, admin_id = TeamId(make_id()), PersonId(make_id())
    administrator = Person(
        admin_id, employee_no="", name=admin_name, subject=admin_subject, team_id=team_id, roles=frozenset({ADMIN})
    )
    return Founding(
        Tenant(tenant_id, name, zone, currency, locale, admin_id, at),
        Team(team_id, FIRST_TEAM, "management", leader_id=admin_id),
        administrator,
        WorkCalendar.usual(holidays),
    )


def _require_plausible(zone: str, currency: str, locale: str) -> None:
    faults = []
    if not _is_zone(zone):
        faults.append(Violation("zone", "zone.unknown", "must be an IANA zone, for example Asia/Shanghai"))
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        faults.append(Violation("currency", "currency.malformed", "must be an ISO 4217 code, for example CNY"))
    if locale not in LOCALES:
        faults.append(Violation("locale", "locale.unknown", f"must be one of {', '.join(LOCALES)}"))
    if faults:
        raise Invalid(faults)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # malformed names, directories of the zone database, unknown zones
        return False
    return True
