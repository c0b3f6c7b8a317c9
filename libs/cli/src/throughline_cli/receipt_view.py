"""A receipt as people read it: who was ranked how, by which terms, and who could not be a candidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from throughline_cli.amounts import hundredths
from throughline_cli.screen import Screen
from throughline_cli.times import clock_time

_SHOWN_CANDIDATES = 5
_TERMS = ("worth", "profile", "performance", "segment_fit", "speed", "capacity", "fairness")


def show_receipt(screen: Screen, found: Mapping[str, Any], name_of: Callable[[str], str] = str) -> None:
    """Shows the answer of `GET /v1/leads/{lead_id}/receipt`.

    Args:
        name_of: the name of a rep by id.
    """
    texts, receipt = screen.texts, found["receipt"]
    outcome, because = texts.word("outcome", receipt["outcome"]), texts.word("because", receipt["because"])
    facts = [
        (texts("receipt.lead"), receipt["lead_id"]),
        (texts("receipt.decided_at"), clock_time(receipt["decided_at"])),
        (texts("receipt.outcome"), f"{outcome} · {because} ({receipt['because']})"),
        (texts("receipt.rep"), name_of(receipt["rep_id"]) if receipt["rep_id"] else "-"),
        (texts("receipt.worth"), f"{hundredths(receipt['worth'])} {receipt['currency']} ({receipt['worth_basis']})"),
        (texts("receipt.policy"), f"v{receipt['policy_version']} · {receipt['model']}"),
        (texts("receipt.decision_us"), f"{int(receipt['decision_us']):,} µs"),
        (texts("receipt.digest"), receipt["digest"]),
    ]
    if receipt["note"]:
        facts.insert(4, (texts("receipt.note"), receipt["note"]))
    screen.facts(facts)
    _candidates(screen, receipt["candidates"], name_of)
    _exclusions(screen, receipt["exclusions"])
    if found.get("gap"):
        gap = ", ".join(
            f"{_term(screen, term['name'])} {hundredths(term['amount'], signed=True)}" for term in found["gap"]
        )
        screen.say("receipt.gap", gap=gap)
    if found.get("would_win"):
        screen.say("receipt.would_win", change=found["would_win"])


def terms_add_up(candidate: Mapping[str, Any]) -> bool:
    """Whether the terms of a candidate sum exactly to the total, as a receipt promises."""
    return sum(int(term["amount"]) for term in candidate["terms"]) == int(candidate["total"])


def _candidates(screen: Screen, candidates: list[dict[str, Any]], name_of: Callable[[str], str]) -> None:
    with_terms = [candidate for candidate in candidates if candidate["terms"]]
    shown = with_terms[:_SHOWN_CANDIDATES]
    if not shown:
        return
    given = {term["name"] for candidate in shown for term in candidate["terms"]}
    names = [*(name for name in _TERMS if name in given), *sorted(given.difference(_TERMS))]
    columns = [
        "#",
        screen.texts("receipt.rep"),
        *(_term(screen, name) for name in names),
        screen.texts("receipt.total"),
        "",
    ]
    rows = []
    for candidate in shown:
        amounts = {term["name"]: term["amount"] for term in candidate["terms"]}
        cells = [hundredths(amounts[name], signed=True) if name in amounts else "" for name in names]
        mark = candidate["passed_over"] or ("✓" if terms_add_up(candidate) else "✗")
        rows.append([candidate["rank"], name_of(candidate["rep_id"]), *cells, hundredths(candidate["total"]), mark])
    screen.table(columns, rows, numbers=(0, *range(2, len(names) + 3)))
    if left := len(candidates) - len(shown):
        screen.say("receipt.more_candidates", count=left, style="dim")


def _exclusions(screen: Screen, exclusions: list[dict[str, Any]]) -> None:
    if not exclusions:
        return
    rules = Counter(exclusion["rule"] for exclusion in exclusions)
    told = ", ".join(f"{rule} × {count}" for rule, count in rules.most_common())
    screen.say("receipt.exclusions", rules=told, style="dim")


def _term(screen: Screen, name: str) -> str:
    return screen.texts.word("term", name)
