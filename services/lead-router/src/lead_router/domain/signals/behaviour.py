"""Behaviour combinations (LR-06): rules over how many signals there were in a window, in versions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import exp, log

from chassis.errors import Invalid, Violation
from lead_router.domain.lead_details import LeadScore, ScoreReason
from lead_router.domain.signals.features import SignalFeatures
from lead_router.domain.signals.signal import HALF_LIFE_DAYS

MOST_CLASSES = 5
_REASON = "behaviour."
_MILLIONTHS = 1_000_000
_LOOKED_UP = re.compile(r"""\bn\s*\[\s*(?:"([^"]*)"|'([^']*)')\s*\]""")
_NAMED = re.compile(r"\bn\b")


class BehaviourRulesInvalid(Invalid):
    """Behaviour rules have faults; all of them are listed."""

    reason = "BEHAVIOUR_RULES_INVALID"

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(violations)


@dataclass(frozen=True, slots=True)
class BehaviourRule:
    """A combination of signals, and what it makes of the lead."""

    id: str
    behaviour_class: str
    when: str
    """CEL over `n`, how many signals of each subject there were in the window."""
    window_days: int
    boost_pct: int = 0
    """By how much it raises the odds of a win."""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class BehaviourRules:
    """One version of the rules."""

    version: int
    rules: tuple[BehaviourRule, ...]

    def faults(self) -> list[Violation]:
        """All that is wrong with them apart from the syntax of their conditions."""
        faults: list[Violation] = []
        ids = [rule.id for rule in self.rules]
        classes = {rule.behaviour_class for rule in self.rules}
        if len(classes) > MOST_CLASSES:
            faults.append(
                Violation("rules", "behaviour.classes", f"name {len(classes)} classes, at most {MOST_CLASSES}")
            )
        for at, rule in enumerate(self.rules):
            if rule.id in ids[:at]:
                faults.append(Violation(f"rules[{at}].rule_id", "behaviour.twice", f"{rule.id} stands there twice"))
            faults += _condition_faults(f"rules[{at}].when", rule.when)
        return faults


@dataclass(frozen=True, slots=True)
class Recognised:
    """A rule that fired for a lead."""

    rule: BehaviourRule
    rules_version: int
    at: datetime

    def holds_until(self) -> datetime:
        """Before this moment the rule does not fire again: the same signals would make it."""
        return self.at + timedelta(days=self.rule.window_days)


@dataclass(slots=True)
class Behaviours:
    """What was recognised of a lead so far, by rule; at most as many as there ever were rules for it."""

    by_rule: dict[str, Recognised] = field(default_factory=dict)

    def recognise(self, fired: Iterable[BehaviourRule], version: int, now: datetime) -> list[Recognised]:
        """Takes in the rules that hold now, and gives those that are news."""
        news = []
        for rule in fired:
            before = self.by_rule.get(rule.id)
            if before is None or before.holds_until() <= now:
                self.by_rule[rule.id] = Recognised(rule, version, now)
                news.append(self.by_rule[rule.id])
        return news

    def boosted(self, score: LeadScore) -> LeadScore:
        """The score with one reason for each rule that raises it; base and points still add up to the log-odds."""
        kept = tuple(reason for reason in score.reasons if not reason.field.startswith(_REASON))
        boosts = tuple(
            ScoreReason(f"{_REASON}{id_}", "CHOICE", one.rule.behaviour_class, _points(one.rule.boost_pct))
            for id_, one in sorted(self.by_rule.items())
            if one.rule.boost_pct
        )
        before = sum(reason.points for reason in score.reasons if reason.field.startswith(_REASON))
        log_odds = score.log_odds - before + sum(reason.points for reason in boosts)
        reasons = tuple(sorted(kept + boosts, key=lambda reason: -abs(reason.points)))
        chance = round(_MILLIONTHS / (1 + exp(-log_odds / _MILLIONTHS)))
        return replace(score, win_probability_ppm=chance, log_odds=log_odds, reasons=reasons)


def windows(rules: BehaviourRules, features: SignalFeatures, now: datetime) -> Mapping[int, Mapping[str, int]]:
    """Counts in each window that a rule asks for."""
    return {days: features.counts(days, now) for days in {rule.window_days for rule in rules.rules}}


def _points(boost_pct: int) -> int:
    return round(log(1 + boost_pct / 100) * _MILLIONTHS)


def _condition_faults(path: str, when: str) -> list[Violation]:
    """A condition looks `n` up by subjects in quotes and in no other way, so that a misspelt one is found on saving."""
    subjects = [double or single for double, single in _LOOKED_UP.findall(when)]
    faults = [
        Violation(path, "behaviour.subject", f"{subject} is no kind of signal")
        for subject in subjects
        if subject not in HALF_LIFE_DAYS
    ]
    if not subjects or len(_NAMED.findall(_LOOKED_UP.sub("", when))):
        faults.append(Violation(path, "behaviour.form", 'must compare n["kind.label"], and use n in no other way'))
    return faults


BUILT_IN = BehaviourRules(
    0,
    (
        BehaviourRule(
            "service_comparison",
            "service_intent",
            'n["page_view.competitor_comparison"] >= 3 && n["document_download.white_paper"] >= 1'
            ' && n["form_filled.maintenance"] >= 1',
            window_days=14,
            boost_pct=50,
            is_urgent=True,
        ),
    ),
)
"""The example that the product brings along: 3 次查看竞品对比页 + 下载服务白皮书 + 填写维保需求表单."""
