"""The three water lines of the month, checked as a manager would, and one of the alarms that the check raised."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sample_company import SampleCompany
from throughline_cli.business_clock import settle
from throughline_cli.demo.messages import utc
from throughline_cli.demo.stage import Stage, start_of_day
from throughline_cli.gateway import Json

_BREACHED: Final = "water_line.breached"
_TELLING: Final = ("lead_to_opportunity", "opportunity_to_contract", "data_completeness")
"""In the order in which an alarm is chosen to be shown."""
_SUBJECTS: Final = ("TEAM", "REP", "TENANT")


@dataclass(frozen=True, slots=True)
class ProcessLines:
    """Checks the month in which most of the days lie."""

    stage: Stage
    company: SampleCompany

    def played(self, now: datetime) -> Json:
        """The lines with their definitions, how many alarms there are, one of them and who was told of it."""
        admin, month = self.stage.admin, self._month(now)
        name = f"{month:%Y-%m}"
        key = self.stage.key(f"water-lines:{name}:{utc(now)}")
        admin.post("/v1/water-lines:check", {"month": name, "request_id": key})
        settle(self.stage.operator)
        span = {"from": utc(self._begin(month)), "to": utc(min(now, self._begin(_month_after(month))))}
        lines = [
            {**line, "definition": admin.get(f"/v1/metrics/{line['metric_code']}")["metric"]["document"]}
            for line in admin.get("/v1/water-lines", **span)["lines"]
        ]
        alarms = list(admin.pages("/v1/water-line-alarms", "alarms", month=name, page_size=200))
        shown = min(alarms, key=_first_told, default=None)
        return {
            "month": name,
            "lines": lines,
            "alarms": len(alarms),
            "alarms_by_line": dict(Counter(alarm["metric_code"] for alarm in alarms)),
            "alarm": shown,
            "subject": self._subject(shown) if shown else "",
            "told": self._told(shown) if shown else {},
        }

    def _begin(self, day: date) -> datetime:
        return start_of_day(day, self.company.zone)

    def _month(self, now: datetime) -> date:
        """The first day of the month with most days of the story, the present one last."""
        last = now.astimezone(self.company.zone).date()
        days = [self.company.start + timedelta(days=n) for n in range((last - self.company.start).days + 1)]
        months = Counter(day.replace(day=1) for day in days if start_of_day(day, self.company.zone) < now)
        return max(months, key=lambda month: (months[month], month))

    def _subject(self, alarm: Json) -> str:
        """Whose figure it is, as people call them."""
        if alarm["subject"] == "TENANT":
            return self.company.name
        if alarm["subject"] == "REP":
            return self.stage.name(alarm["subject_id"])
        return str(self._teams().get(alarm["subject_id"], {}).get("name", alarm["subject_id"]))

    def _told(self, alarm: Json) -> Json:
        """Who was told of the alarm, with the words: the leader of the team, or the director."""
        leader = self._teams().get(alarm["team_id"], {}).get("leader_id", "")
        asked = leader if self.stage.person(leader) else self.stage.person_with_role(self.company, "director").person_id
        notices = self.stage.of(asked).pages("/v1/notifications", "notifications", kind=_BREACHED, page_size=200)
        told = next((one for one in notices if one["resource"] == f"water-line-alarms/{alarm['alarm_id']}"), None)
        return {"name": self.stage.name(asked), "text": told["text"]} if told else {}

    def _teams(self) -> dict[str, Json]:
        return {team["team_id"]: team for team in self.stage.admin.get("/v1/teams")["teams"]}


def _first_told(alarm: Json) -> tuple[int, int, float, str]:
    return (
        _TELLING.index(alarm["metric_code"]) if alarm["metric_code"] in _TELLING else len(_TELLING),
        _SUBJECTS.index(alarm["subject"]) if alarm["subject"] in _SUBJECTS else len(_SUBJECTS),
        float(alarm["value"]),
        str(alarm["alarm_id"]),
    )


def _month_after(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
