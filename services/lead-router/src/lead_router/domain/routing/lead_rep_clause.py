"""Conditions over a lead and a rep together, in a closed set of forms that numpy answers for all reps at once.

    lead.region in rep.region                  the lead's value is one of the rep's
    rep.language in lead.language              all of the rep's values, one at least, are among the lead's
    lead.segment == rep.segment                the same values, no more and no fewer
    intersects(lead.product_line, rep.product_line)
    lead.amount >= rep.min_amount              also >, <=, < and either side first

Any other expression that speaks of both is refused when the policy is saved, for it would have to run once for every
lead and rep.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lead_router.domain.routing.fixed_point import BoolArray, Int64Array
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.rep_profiles import RepProfiles

_LITERAL = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_NAMED = re.compile(r"(?<![\w.])(lead|rep)\s*\.")
_SIDE = r"(lead|rep)\.([A-Za-z_]\w*)"
_FORMS = re.compile(rf"\s*(?:{_SIDE}\s*(==|in|>=|<=|>|<)\s*{_SIDE}|intersects\(\s*{_SIDE}\s*,\s*{_SIDE}\s*\))\s*")
_MIRRORED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "intersects": "intersects"}
_COMPARE: dict[str, Callable[[int, Int64Array], BoolArray]] = {
    ">": lambda lead, rep: np.asarray(lead > rep),
    ">=": lambda lead, rep: np.asarray(lead >= rep),
    "<": lambda lead, rep: np.asarray(lead < rep),
    "<=": lambda lead, rep: np.asarray(lead <= rep),
}


class Scope(StrEnum):
    """What an expression speaks of; it is evaluated once for each of those."""

    LEAD = "lead"
    REP = "rep"
    LEAD_REP = "lead_rep"
    NOTHING = "nothing"


class UnsupportedForm(ValueError):
    """The expression speaks of lead and rep in none of the closed forms."""


@dataclass(frozen=True, slots=True)
class LeadRepClause:
    """A compiled condition: `form` is `==`, `in`, `has`, `intersects` or a comparison, seen from the lead."""

    form: str
    lead_field: str
    rep_field: str

    def holds(self, lead: LeadSnapshot, reps: RepProfiles, if_unknown: bool) -> BoolArray:
        """For every rep, whether it holds; `if_unknown` where lead or rep do not state their side."""
        if self.form in _COMPARE:
            return self._compared(lead, reps, if_unknown)
        values = lead.tags.get(self.lead_field, ())
        if not values:
            return np.full(reps.size, if_unknown)
        held = self._matched(values, reps)
        return held | reps.silent(self.rep_field) if if_unknown else held

    def _matched(self, values: tuple[str, ...], reps: RepProfiles) -> BoolArray:
        if self.form == "==":
            return reps.states_exactly(self.rep_field, frozenset(values))
        if self.form == "has":
            return reps.states_only(self.rep_field, frozenset(values))
        rows = [reps.states(self.rep_field, value) for value in values]
        combined: BoolArray = np.logical_and.reduce(rows) if self.form == "in" else np.logical_or.reduce(rows)
        return combined

    def _compared(self, lead: LeadSnapshot, reps: RepProfiles, if_unknown: bool) -> BoolArray:
        number = lead.numbers.get(self.lead_field)
        if number is None:
            return np.full(reps.size, if_unknown)
        theirs, known = reps.numbers(self.rep_field)
        return np.where(known, _COMPARE[self.form](number, theirs), if_unknown)


def scope_of(expression: str) -> Scope:
    """Which of `lead` and `rep` the expression names, texts in quotes left out."""
    named = set(_NAMED.findall(_LITERAL.sub('""', expression)))
    if not named:
        return Scope.NOTHING
    return Scope.LEAD_REP if len(named) == 2 else Scope(named.pop())


def compile_clause(expression: str) -> LeadRepClause:
    """The closed form that the expression is.

    Raises:
        UnsupportedForm: it is none of them; the message says which there are.
    """
    found = _FORMS.fullmatch(expression)
    if found is None:
        raise UnsupportedForm(
            "lead and rep may meet only as equals (lead.a == rep.b), in (lead.a in rep.b), "
            "intersects(lead.a, rep.b) or a comparison of numbers (lead.a >= rep.b)"
        )
    first, first_field, operator, second, second_field, *both = found.groups()
    if operator is None:
        operator, (first, first_field, second, second_field) = "intersects", both
    if first == second:
        raise UnsupportedForm(f"both sides speak of the {first}")
    if first == "lead":
        return LeadRepClause(operator, first_field, second_field)
    return LeadRepClause(_MIRRORED.get(operator, "has"), second_field, first_field)
