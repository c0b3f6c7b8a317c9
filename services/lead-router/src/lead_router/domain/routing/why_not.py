"""「为什么不是我」: the gap to the rep who got a lead, term by term, and the smallest change that would have won it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import RepId
from lead_router.domain.routing.decision import Decision, Inputs
from lead_router.domain.routing.fairness_columns import credit_ppm
from lead_router.domain.routing.fixed_point import MAX_LIFT, PPM
from lead_router.domain.routing.outcome import Assigned
from lead_router.domain.routing.score import Terms

BALANCE, PRICE, RESPONSE_MINUTES = "balance", "price", "response_minutes"
PROFILE, PERFORMANCE, SEGMENT_FIT = "profile", "performance", "segment_fit"
"""Inputs that a change can be of; a rule that stood in the way is named by its id."""


@dataclass(frozen=True, slots=True)
class Change:
    """One input, and what it would have had to be with everything else as it was."""

    input: str
    now: int
    needed: int
    """Lifts in parts per million, minutes, price in hundredths, balance in ledger units; a rule goes from 1 to 0."""
    size_ppm: int
    """How large the change is: of the input itself, for a balance of what makes one whole of credit."""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answer for one rep."""

    rep_id: RepId
    chosen: RepId | None
    because: str
    """Why the lead went where it went. Where an owner had precedence, no figure would have changed it."""
    excluded_by: tuple[str, ...]
    terms: Terms
    chosen_terms: Terms | None
    changes: tuple[Change, ...]
    """Each enough by itself, smallest first; empty for who got the lead, and where no single change is enough."""

    @property
    def gap(self) -> dict[str, int]:
        """Per term how much more it brought the rep who got the lead; the sum is the gap of the totals."""
        if self.chosen_terms is None:
            return {}
        mine = self.terms._asdict()
        return {term: value - mine[term] for term, value in self.chosen_terms._asdict().items()}

    @property
    def would_win(self) -> Change | None:
        """The smallest change of one input that would have won."""
        return self.changes[0] if self.changes else None


def why_not(decision: Decision, rep: RepId) -> WhyNot:
    """Why the rep did not get the lead. Raises `NotFound` for a rep who was not in the roster."""
    chosen = decision.rep_id
    seen = decision.inputs([rep] if chosen is None else [rep, chosen])
    excluded_by = decision.excluded_by(rep)
    changes: tuple[Change, ...] = ()
    outcome = decision.outcome
    if isinstance(outcome, Assigned) and chosen != rep and outcome.because is MovedBecause.BEST_TOTAL:
        rival = _Rival(decision, outcome.rep_id, decision.terms_from(seen[outcome.rep_id]).total)
        changes = tuple(sorted(_changes(decision, rep, seen[rep], excluded_by, rival), key=lambda one: one.size_ppm))
    return WhyNot(
        rep_id=rep,
        chosen=chosen,
        because=str(outcome.because),
        excluded_by=excluded_by,
        terms=decision.terms_from(seen[rep]),
        chosen_terms=None if chosen is None else decision.terms_from(seen[chosen]),
        changes=changes,
    )


class _Rival:
    """The rep to be beaten: by total, then by balance, then by the time without a lead, then by id."""

    def __init__(self, decision: Decision, rep: RepId, total: int) -> None:
        self._decision = decision
        self._last_leads = decision.last_leads()
        self._key = self._key_of(rep, total, decision.inputs([rep])[rep].balance)

    def loses_to(self, rep: RepId, seen: Inputs) -> bool:
        return self._key_of(rep, self._decision.terms_from(seen).total, seen.balance) > self._key

    def _key_of(self, rep: RepId, total: int, balance: int) -> tuple[int, int, int, int]:
        place = self._decision.position_of(rep)
        return total, balance, -int(self._last_leads[place]), -place


def _changes(
    decision: Decision, rep: RepId, seen: Inputs, excluded_by: tuple[str, ...], rival: _Rival
) -> Iterator[Change]:
    if excluded_by:
        if len(excluded_by) == 1 and rival.loses_to(rep, seen):
            yield Change(excluded_by[0], 1, 0, PPM)
        return
    for change in (_better_class(decision, rep, seen, rival), *_figures(decision, rep, seen, rival)):
        if change is not None:
            yield change


def _figures(decision: Decision, rep: RepId, seen: Inputs, rival: _Rival) -> Iterator[Change | None]:
    batch = decision.batch
    unit, limit = batch.credit_unit, batch.policy.fairness.fair_limit

    by_class, by_rep, by_cell = seen.lifts

    def with_performance(lift: int) -> Inputs:
        return seen._replace(lifts=(by_class, lift, by_cell))

    def with_segment_fit(lift: int) -> Inputs:
        return seen._replace(lifts=(by_class, by_rep, lift))

    def with_response(minutes: int) -> Inputs:
        delay = seen.delay_minutes - seen.response_minutes + minutes
        return seen._replace(delay_minutes=delay, kept_ppm=batch.tables.decay.at(delay))

    def with_balance(balance: int) -> Inputs:
        return seen._replace(balance=balance, credit_ppm=credit_ppm(balance, unit, limit))

    def wins(changed: Callable[[int], Inputs]) -> Callable[[int], bool]:
        return lambda value: rival.loses_to(rep, changed(value))

    yield _raised(PERFORMANCE, by_rep, MAX_LIFT, wins(with_performance))
    yield _raised(SEGMENT_FIT, by_cell, MAX_LIFT, wins(with_segment_fit))
    yield _lowered(RESPONSE_MINUTES, seen.response_minutes, wins(with_response))
    yield _lowered(PRICE, seen.price, wins(lambda price: seen._replace(price=price)))
    yield _raised(BALANCE, seen.balance, limit * unit, wins(with_balance), whole=PPM * unit)


def _better_class(decision: Decision, rep: RepId, seen: Inputs, rival: _Rival) -> Change | None:
    """The least of the better matches that would have won."""
    now = seen.lifts[0]
    for lift in sorted(lift for lift in set(decision.batch.tables.skill.by_class) if lift > now):
        if rival.loses_to(rep, seen._replace(lifts=(lift, *seen.lifts[1:]))):
            return _change(PROFILE, now, lift, now)
    return None


def _raised(input: str, now: int, highest: int, wins: Callable[[int], bool], whole: int | None = None) -> Change | None:
    """The least value above `now` that wins; totals rise with it, so it is found by halving."""
    if now >= highest or not wins(highest):
        return None
    low, high = now, highest
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if wins(middle) else (middle, high)
    return _change(input, now, high, whole or now)


def _lowered(input: str, now: int, wins: Callable[[int], bool]) -> Change | None:
    """The greatest value below `now`, and not below 0, that wins."""
    mirrored = _raised(input, -now, 0, lambda value: wins(-value))
    return None if mirrored is None else _change(input, now, -mirrored.needed, now)


def _change(input: str, now: int, needed: int, whole: int) -> Change:
    return Change(input, now, needed, abs(needed - now) * PPM // max(1, abs(whole)))
