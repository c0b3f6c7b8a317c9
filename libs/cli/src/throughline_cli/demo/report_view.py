"""The report as people read it."""

from __future__ import annotations

from datetime import timedelta

from throughline_cli.amounts import hundredths
from throughline_cli.commands.leads import state_of
from throughline_cli.demo.report import STATES, Report, sum_of_states, total
from throughline_cli.demo.sequel_view import SequelView
from throughline_cli.demo.stage import Stage
from throughline_cli.gateway import Json
from throughline_cli.receipt_view import show_receipt
from throughline_cli.session import Session
from throughline_cli.times import clock_time, moment

_SHOWN_SILENT = 5
_FUNNEL = ("received", "joined", "assigned", "followed_up", "silent", "closed", "converted", "opportunities_created")


class ReportView:
    """Prints a report, part after part."""

    def __init__(self, session: Session, stage: Stage, report: Report) -> None:
        self._session = session
        self._screen = session.screen
        self._texts = session.texts
        self._stage = stage
        self._report = report

    def show(self, *, elapsed_s: float, token: str) -> None:
        """The whole report, then where to look on."""
        self._screen.heading(self._texts("demo.report.title"))
        self._screen.say("demo.report.synthetic", style="bold yellow")
        self._routing()
        self._capacity()
        self._duplicates()
        self._receipt()
        self._silence()
        self._answer()
        self._opportunity()
        self._taken_back()
        sequel = SequelView(self._session, self._report)
        sequel.follow_ups()
        sequel.second_customer()
        sequel.timeline()
        self._funnel()
        sequel.water_lines()
        sequel.lead_models()
        sequel.pool_claim()
        self._conservation()
        self._what_next(elapsed_s, token)

    def _routing(self) -> None:
        decisions, run = self._report.decisions, self._report.this_run
        self._heading("routing")
        self._screen.say("demo.report.routed", count=decisions["count"], now=clock_time(self._report.business_now))
        self._screen.say(
            "demo.report.decision_times",
            p50=f"{decisions['p50_us'] / 1000:.2f}",
            p99=f"{decisions['p99_us'] / 1000:.2f}",
        )
        self._screen.say("demo.report.this_run", style="dim", **run)
        if self._report.refusals:
            self._screen.say("demo.report.refused", example=self._report.refusals[0])

    def _capacity(self) -> None:
        self._heading("capacity")
        names = ("rep", "open", "total", "worth", "balance")
        rows = sorted(self._report.reps, key=lambda rep: (rep["team_id"], rep["name"]))
        self._screen.table(
            [self._texts(f"reps.column.{name}") for name in names],
            [
                (
                    rep["name"],
                    f"{rep['open_leads']}/{rep['profile']['open_cap']}",
                    rep["leads_total"],
                    hundredths(rep["worth_received"]),
                    hundredths(rep["balance"], signed=True),
                )
                for rep in rows
            ],
            numbers=(1, 2, 3, 4),
        )
        over = [rep for rep in rows if int(rep["open_leads"]) > int(rep["profile"]["open_cap"])]
        self._screen.say("demo.report.over_capacity", count=len(over), given=total(rows, "leads_total"))

    def _duplicates(self) -> None:
        self._heading("duplicates")
        self._screen.say("demo.report.joined", count=self._report.conservation["merged"])
        for join in self._report.joins[-3:]:
            owner = self._stage.name(join["owner_id"]) if join["owner_id"] else "-"
            self._screen.say(
                "demo.report.join",
                key=join["key"],
                lead=join["lead_id"],
                owner=owner,
                reasons=", ".join(join["reasons"]),
            )

    def _receipt(self) -> None:
        if self._report.receipt:
            self._heading("receipt")
            show_receipt(self._screen, self._report.receipt, self._stage.name)

    def _silence(self) -> None:
        self._heading("silence")
        texts, times = self._texts, self._report.response_times
        self._screen.say(
            "demo.report.silent",
            now=len(self._report.silent),
            ever=total(times["reps"], "silent"),
            reached=f"{times['reached_share_pct']:.1f}",
        )
        for lead in self._report.silent[:_SHOWN_SILENT]:
            due = clock_time(lead["follow_up_due_at"]) or _plus_48h(lead["assigned_at"])
            line = texts(
                "demo.report.silent_lead",
                lead=lead["lead_id"],
                owner=lead["owner"],
                assigned=clock_time(lead["assigned_at"]),
                due=due,
                state=state_of(self._session, lead),
            )
            self._screen.line(line)
        if example := self._report.silent_example:
            for role in ("owner", "supervisor"):
                told = example[f"told_{role}"]
                text = f"{clock_time(told['occurred_at'])} {told['text']}" if told else texts("demo.report.not_told")
                self._screen.say(f"demo.report.told_{role}", name=example[role], text=text)
        for kind in self._report.notifications:
            self._screen.say("demo.report.notices", style="dim", **kind)

    def _answer(self) -> None:
        if not (example := self._report.answered_example):
            return
        self._heading("answer")
        lead, follow_up = example["lead"], example["follow_up"]
        minutes = (moment(lead["first_touched_at"]) - moment(lead["assigned_at"])) / timedelta(minutes=1)
        self._screen.say(
            "demo.report.answered",
            owner=lead["owner"],
            lead=lead["lead_id"],
            assigned=clock_time(lead["assigned_at"]),
            at=clock_time(lead["first_touched_at"]),
            minutes=f"{minutes:.0f}",
        )
        if follow_up:
            self._screen.line(f"  「{follow_up['summary']}」")

    def _opportunity(self) -> None:
        if not (example := self._report.opportunity_example):
            return
        self._heading("opportunity")
        opportunity = example["opportunity"]
        self._screen.say("demo.report.opportunity", owner=example["owner"], title=opportunity["title"])
        for refused in (example["refused_first"], example["refused"]):
            if refused:
                missing = self._texts("demo.report.and").join(self._named(item) for item in refused)
                self._screen.say("demo.report.stage_refused", missing=missing)
        for move in example["history"]:
            texts = {"at": clock_time(move["entered_at"]), "stage": move["stage"], "kind": move["kind"].lower()}
            self._screen.say("demo.report.stage_entered", **texts)

    def _named(self, item: Json) -> str:
        return str(item["name_zh" if self._texts.locale == "zh-CN" else "name_en"])

    def _taken_back(self) -> None:
        if not (example := self._report.taken_back_example):
            return
        lead, conversion = example["lead"], example["conversion"]
        steps = ", ".join(f"{step['step'].lower()} {step['state'].lower()}" for step in conversion["steps"])
        self._screen.say(
            "demo.report.taken_back",
            lead=lead["lead_id"],
            owner=example["owner"],
            steps=steps,
            state=state_of(self._session, lead),
        )

    def _funnel(self) -> None:
        self._heading("funnel")
        funnel = self._report.funnel
        self._screen.facts([(self._texts(f"funnel.{name}"), funnel[name]) for name in _FUNNEL])

    def _conservation(self) -> None:
        self._heading("conservation")
        found = self._report.conservation
        terms = " + ".join(f"{self._texts.word('lead_state', state.upper())} {found[state]}" for state in STATES)
        self._screen.line(f"{terms} = {sum_of_states(found)}")
        self._screen.say("demo.report.gap", received=found["received"], gap=found["gap"], style="bold")

    def _what_next(self, elapsed_s: float, token: str) -> None:
        url = self._session.target.url
        self._heading("next")
        self._screen.facts(
            [
                (self._texts("demo.report.api"), f"{url}/v1/leads"),
                (self._texts("demo.report.docs"), f"{url}/docs"),
                (self._texts("demo.report.tenant"), self._stage.tenant_id),
            ]
        )
        program = self._session.program
        self._screen.say("demo.report.try")
        for arguments in ("leads list --to-be-activated", "reps list", "clock forward 48h"):
            self._screen.line(f"  {program} {arguments}")
        self._screen.line(f'  curl -H "authorization: Bearer $({program} token)" "{url}/v1/leads?page_size=3"')
        self._screen.say("demo.report.token", token=token, style="dim")
        self._screen.say("demo.report.elapsed", seconds=f"{elapsed_s:.0f}", style="dim")

    def _heading(self, part: str) -> None:
        self._screen.heading(self._texts(f"demo.report.part.{part}"))


def _plus_48h(assigned_at: str) -> str:
    return clock_time((moment(assigned_at) + timedelta(hours=48)).isoformat())
