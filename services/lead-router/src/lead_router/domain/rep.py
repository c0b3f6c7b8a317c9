"""A rep in routing: profile, availability, load, and the account in the fairness ledger.

Everything that depends on the time of day stands in the row, and `refresh` brings it up to date whenever a shift, a
leave or a day begins or ends: so every replica reads the same facts and no decision asks a calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from chassis.errors import Stale
from chassis.working_time import WorkingTime
from lead_router.domain.errors import RepFull, RepUnavailable
from lead_router.domain.events import Owner
from lead_router.domain.ids import GroupId, PersonId, RepId
from lead_router.domain.rep_profile import RepProfile
from lead_router.domain.routing.ledger import GroupAccount, RepAccount, set_presence, set_weight
from lead_router.domain.routing.policy import Newcomers
from lead_router.domain.routing.ramp import ramp_ppm, ramped
from lead_router.domain.routing.rep_row import MOST_SHIFTS, RepRow

_LOOK_AHEAD = timedelta(days=30)
"""A rep without a shift within it stands off shift, and is looked at again by the end of it."""


@dataclass(frozen=True, slots=True)
class RepLoad:
    """What a rep has been given."""

    open_leads: int = 0
    leads_today: int = 0
    counted_on: date | None = None
    """The tenant's day that `leads_today` counts."""
    leads_total: int = 0
    worth_total: int = 0
    """In hundredths of the tenant's currency."""
    last_lead_at: datetime | None = None

    def on(self, day: date) -> int:
        """Leads got on that day."""
        return self.leads_today if self.counted_on == day else 0

    def taken(self, worth: int, *, at: datetime, day: date) -> "RepLoad":
        """With one more lead."""
        return RepLoad(
            self.open_leads + 1,
            self.on(day) + 1,
            day,
            self.leads_total + 1,
            self.worth_total + worth,
            at,
        )

    def released(self) -> "RepLoad":
        """With one open lead less: it ended, or went to somebody else."""
        return replace(self, open_leads=max(0, self.open_leads - 1))

    def given_back(self, worth: int) -> "RepLoad":
        """As if the lead of that worth had never been given, but that it stays counted for the day."""
        released = self.released()
        return replace(
            released,
            leads_total=max(0, self.leads_total - 1),
            worth_total=max(0, self.worth_total - worth),
        )

    def regained(self) -> "RepLoad":
        """With an open lead back that it had before: no new one of today, and no more worth than it was given."""
        return replace(self, open_leads=self.open_leads + 1)


@dataclass(slots=True, kw_only=True)
class Rep:
    """One rep. `account.group_id` is the fairness group, which is the team."""

    id: RepId
    team_id: str
    supervisor_id: PersonId | None
    profile: RepProfile
    account: RepAccount
    version: int = 1
    """Of what people change: profile and pause."""
    is_paused: bool = False
    pause_reason: str = ""
    has_left: bool = False
    is_on_leave: bool = False
    shifts: tuple[tuple[datetime, datetime], ...] = ()
    daily_cap: int = 0
    """With the ramp of newcomers."""
    load: RepLoad = field(default_factory=RepLoad)
    policy_seq: int = 0
    """Rises when something changes that decides whether the rep is eligible."""
    change_seq: int = 0

    @property
    def owner(self) -> Owner:
        """The rep as owner of a lead."""
        return Owner(self.id, self.team_id, self.supervisor_id)

    def require_version(self, version: int) -> None:
        """Raises `Stale` where the caller saw another version."""
        if version != self.version:
            raise Stale("rep", self.id, self.version)

    def change_profile(self, profile: RepProfile) -> None:
        """Replaces the profile; call `refresh` afterwards, for shifts and caps follow from it."""
        self.profile = profile
        self.version += 1
        self.policy_seq += 1

    def pause(self, reason: str) -> None:
        """Takes the rep out of routing. Pausing a paused rep changes the reason."""
        self.is_paused, self.pause_reason = True, reason
        self.version += 1
        self.policy_seq += 1

    def resume(self) -> None:
        """Puts the rep back into routing."""
        self.is_paused, self.pause_reason = False, ""
        self.version += 1
        self.policy_seq += 1

    def move(self, *, team_id: str, supervisor_id: PersonId | None, has_left: bool) -> bool:
        """Takes over what the directory says; False where it says nothing new."""
        if (team_id, supervisor_id, has_left) == (self.team_id, self.supervisor_id, self.has_left):
            return False
        self.team_id, self.supervisor_id, self.has_left = team_id, supervisor_id, has_left
        self.policy_seq += 1
        return True

    def require_free(self) -> None:
        """Refuses a lead that a person wants to give to the rep.

        Raises:
            RepUnavailable: the rep is paused, on leave or gone.
            RepFull: the rep has as many open leads as allowed.
        """
        if self.is_paused or self.is_on_leave or self.has_left:
            raise RepUnavailable(self.id)
        if self.load.open_leads >= self.profile.open_cap:
            raise RepFull(self.id, self.load.open_leads, self.profile.open_cap)

    def refresh(
        self, group: GroupAccount, hours: WorkingTime, newcomers: Newcomers, *, now: datetime, today: date
    ) -> tuple[GroupAccount, datetime]:
        """Brings shifts, leave, caps and presence up to `now`.

        Args:
            group: the account of the rep's fairness group.
            hours: the rep's own working time, leave cut out.
            today: the tenant's day.
        Returns:
            The group's account, and when to look again.
        """
        self.shifts = tuple(
            (window.start, window.end) for window in islice(hours.windows(now, now + _LOOK_AHEAD), MOST_SHIFTS)
        )
        on_leave = any(leave.start <= now < leave.end for leave in self.profile.leave)
        if on_leave != self.is_on_leave:
            self.is_on_leave = on_leave
            self.policy_seq += 1
        joined = self.profile.joined_at
        share = ramp_ppm(joined.astimezone(UTC).date() if joined else None, today, newcomers)
        self.daily_cap = ramped(self.profile.daily_cap, share)
        group, self.account = set_weight(group, self.account, ramped(self.profile.weight_pct, share))
        on_shift = bool(self.shifts) and self.shifts[0][0] <= now
        is_present = on_shift and not (self.is_paused or on_leave or self.has_left)
        group, self.account = set_presence(group, self.account, is_present)
        return group, self._next_change(now)

    def _next_change(self, now: datetime) -> datetime:
        edges = [edge for shift in self.shifts[:1] for edge in shift]
        edges += [edge for leave in self.profile.leave for edge in (leave.start, leave.end)]
        return min((edge for edge in edges if edge > now), default=now + _LOOK_AHEAD)

    def row(self, clause_results: Mapping[str, bool]) -> RepRow:
        """The rep as decisions read it."""
        return RepRow(
            rep_id=self.id,
            change_seq=self.change_seq,
            group_id=GroupId(self.team_id),
            policy_seq=self.policy_seq,
            has_left=self.has_left,
            is_paused=self.is_paused,
            is_on_leave=self.is_on_leave,
            joined_at=self.profile.joined_at,
            daily_cap=self.daily_cap,
            leads_today=self.load.leads_today,
            counted_on=self.load.counted_on,
            open_cap=self.profile.open_cap,
            open_leads=self.load.open_leads,
            last_lead_at=self.load.last_lead_at,
            shifts=self.shifts,
            median_response_minutes=self.profile.median_response_minutes,
            tags=self.profile.tags(),
            clause_results=clause_results,
            carried=self.account.carried,
            units_in=self.account.units_in,
            weight_pct=self.account.weight_pct,
            is_present=self.account.is_present,
        )
