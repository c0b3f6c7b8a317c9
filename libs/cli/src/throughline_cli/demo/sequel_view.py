"""What follows the bell, as people read it: follow-ups with files, a merge, a timeline, water lines, lead scores."""

from __future__ import annotations

import math
from typing import Any, Final

from throughline_cli.demo.report import Report
from throughline_cli.gateway import Json
from throughline_cli.session import Session
from throughline_cli.times import clock_time

_SHOWN_ENTRIES: Final = 10
_SHOWN_REASONS: Final = 5
_MILLION: Final = 1_000_000


class SequelView:
    """Prints the later parts of a report; a part that was not played is left out."""

    def __init__(self, session: Session, report: Report) -> None:
        self._screen = session.screen
        self._texts = session.texts
        self._report = report

    def follow_ups(self) -> None:
        """Follow-ups of one lead with their files, and the verdict on each."""
        if not (found := self._report.filed_follow_ups):
            return
        self._heading("follow_ups")
        lead, names = found["lead"], {file["file_id"]: file["name"] for file in found["files"]}
        self._screen.say("demo.report.follow_ups_of", owner=found["owner"], lead=lead["lead_id"])
        for follow_up in found["follow_ups"]:
            self._follow_up(follow_up, [names[file] for file in follow_up["file_ids"] if file in names])
        if lead["qualified_at"]:
            self._screen.say("demo.report.qualified", at=clock_time(lead["qualified_at"]))
        ratio = found["ratio"]
        share = f"{ratio['effective_ratio_pct'] or 0:.1f}"
        counts = {name: ratio[name] for name in ("effective", "follow_ups")}
        self._screen.say("demo.report.effective_ratio", **counts, ratio=share)

    def _follow_up(self, follow_up: Json, files: list[str]) -> None:
        verdict = follow_up["verdict"] or {"is_effective": False, "missing": []}
        named = self._texts("demo.report.filed", names=self._and(files)) if files else ""
        said = {"at": clock_time(follow_up["occurred_at"]), "summary": follow_up["summary"], "files": named}
        if verdict["is_effective"]:
            self._screen.say("demo.report.follow_up_effective", **said)
        else:
            missing = self._and([self._texts.word("criterion", one) for one in verdict["missing"]])
            self._screen.say("demo.report.follow_up_pseudo", **said, missing=missing)

    def second_customer(self) -> None:
        """Why two customers may be one, the merge and its undo, and what each has of its own."""
        if not (found := self._report.second_customer):
            return
        self._heading("second_customer")
        merge, match = found["merge"], found["match"].get("match")
        if match:
            self._screen.say(
                "demo.report.typed_again",
                typed=found["match"]["typed"],
                name=match["name"],
                points=f"{match['points']:g}",
                reasons=", ".join([*match["reasons"], *match["links"]]),
            )
        entries = len(found["timeline_while_merged"]) or "-"
        at, fields = clock_time(merge["merged_at"]), len(merge["fields"])
        self._screen.say("demo.report.merged", at=at, reason=merge["reason"], fields=fields, entries=entries)
        self._screen.say("demo.report.parted", at=clock_time(merge["undone_at"]), reason=merge["undo_reason"])
        for each in found["customers"]:
            customer, changes = each["customer"], each["changes"]
            last = self._and([clock_time(change["changed_at"]) for change in changes[:1]])
            self._screen.say(
                "demo.report.customer_history",
                name=customer["profile"]["name"],
                owner=each["owner"],
                version=customer["version"],
                changes=len(changes),
                last=last,
                entries=len(each["timeline"]),
            )

    def timeline(self) -> None:
        """The latest entries of the customer that stayed."""
        if not (found := self._report.second_customer):
            return
        self._heading("timeline")
        customer, entries = found["customers"][0]["customer"], found["customers"][0]["timeline"]
        shown = entries[:_SHOWN_ENTRIES]
        self._screen.say(
            "demo.report.timeline_of",
            name=customer["profile"]["name"],
            customer=customer["customer_id"],
            count=len(entries),
            shown=len(shown),
        )
        for entry in shown:
            facts = ", ".join(f"{name}={value}" for name, value in sorted(entry["facts"].items()))
            self._screen.line(f"  {clock_time(entry['occurred_at'])}  {entry['kind']}  {entry['department']}  {facts}")

    def water_lines(self) -> None:
        """The lines of the month with their verdicts, and one alarm."""
        found = self._report.water_lines
        self._screen.say("demo.report.water_lines", month=found["month"])
        names = {line["metric_code"]: self._named(line["definition"]) for line in found["lines"]}
        self._screen.facts([(f"  {names[line['metric_code']]}", self._standing(line)) for line in found["lines"]])
        alarm = found["alarm"]
        if alarm is None:
            self._screen.say("demo.report.no_alarm")
            return
        bands = {line["metric_code"]: line["definition"]["band"] for line in found["lines"]}
        self._screen.say(
            "demo.report.alarms",
            count=found["alarms"],
            by_line=self._and([f"{names.get(code, code)} {count}" for code, count in found["alarms_by_line"].items()]),
            subject=found["subject"],
            metric=names.get(alarm["metric_code"], alarm["metric_code"]),
            value=f"{alarm['value']:.1f}",
            line=f"{bands[alarm['metric_code']]['alarm_below']:g}",
        )
        if found["told"]:
            self._screen.say("demo.report.alarm_told", **found["told"])

    def _standing(self, line: Json) -> str:
        total, band = line["total"], line["definition"]["band"]
        if total["value"] is None:
            return self._texts("demo.report.no_value")
        verdict = self._texts.word("verdict", total["verdict"])
        counted = f"{total['numerator']}/{total['denominator']}"
        return f"{total['value']:.1f}%  {verdict}  ({counted}; < {band['alarm_below']:g}% !)"

    def lead_models(self) -> None:
        """Each model as it was judged, and three equal leads as each scored them."""
        found = self._report.lead_models
        self._heading("lead_models")
        if failure := found["failure"]:
            figures = ", ".join(f"{name}={count}" for name, count in sorted(failure["figures"].items()))
            self._screen.say("demo.report.model_missing", figures=f"{failure['failure']} {figures}")
            return
        numbers = {model["model_id"]: model["number"] for model in found["models"]}
        for model in found["models"]:
            self._model(model)
        self._screen.say("demo.report.equal_leads")
        for place, lead in enumerate(found["leads"]):
            self._scored(lead, numbers, with_reasons=place == 0)
        scores = [(lead["score"] or {}).get("log_odds") for lead in found["leads"]]
        if len(scores) == 3 and scores[0] == scores[2] != scores[1]:
            self._screen.say("demo.report.rolled_back")

    def pool_claim(self) -> None:
        """A lead of the pool, the two reps who reached for it, and what each was answered."""
        if not (found := self._report.pool_claim):
            return
        self._heading("pool_claim")
        pool, rules = found["pool"], found["pool"]["rules"]
        self._screen.say(
            "demo.report.pool",
            name=rules["name"],
            leads=pool["leads"],
            claims=rules["claims_per_day"],
            cool_down=rules["cool_down_days"],
        )
        for claim in found["claims"]:
            said = {"name": claim["name"], "lead": found["lead"]["lead_id"]}
            if claim["answer"] == "CLAIMED":
                self._screen.say("demo.report.pool_claimed", **said)
            else:
                self._screen.say("demo.report.pool_refused", **said, reason=claim["answer"])

    def _model(self, model: Json) -> None:
        report = model["report"]
        self._screen.say(
            "demo.report.model",
            number=model["number"],
            state=self._texts.word("model_state", model["state"]),
            learned=report["learned_rows"],
            won=report["learned_won"],
            judged=report["judged_rows"],
            auc=f"{report['auc']:.2f}",
            loss=f"{report['log_loss']:.3f}",
            base=f"{report['base_log_loss']:.3f}",
        )
        if model["force_reason"]:
            self._screen.say("demo.report.forced", reason=model["force_reason"])

    def _scored(self, lead: Json, numbers: dict[str, Any], *, with_reasons: bool) -> None:
        score, company = lead["score"], lead["identity"]["company"]
        if not score:
            self._screen.say("demo.report.unscored", company=company)
            return
        chance = f"{score['probability_ppm'] / 10_000:.1f}"
        number = numbers.get(score["model_id"], score["model_id"])
        self._screen.say("demo.report.scored", company=company, chance=chance, number=number)
        if with_reasons:
            self._screen.say("demo.report.base", chance=f"{100 * _chance(int(score['base'])):.1f}")
            text = "text_zh_cn" if self._texts.locale == "zh-CN" else "text_en"
            for reason in score["reasons"][:_SHOWN_REASONS]:
                self._screen.line(f"    {reason[text]}")

    def _named(self, thing: Json) -> str:
        return str(thing["name_zh" if self._texts.locale == "zh-CN" else "name_en"])

    def _and(self, words: list[str]) -> str:
        return self._texts("demo.report.and").join(words)

    def _heading(self, part: str) -> None:
        self._screen.heading(self._texts(f"demo.report.part.{part}"))


def _chance(log_odds_millionths: int) -> float:
    """The chance that log-odds in millionths stand for."""
    return 1 / (1 + math.exp(-log_odds_millionths / _MILLION))
