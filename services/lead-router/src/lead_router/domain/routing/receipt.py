"""The decision receipt 分配凭证 (X-01): why a lead went where it went, complete enough to decide it again.

The document is canonical JSON: the same inputs give the same bytes on any machine (N-01). Reps are named by their id
where somebody reads them and by their place in the roster where all of them stand; the application keeps each roster
once, under its digest. Columns are packed, see `canonical_json.pack`:

    candidates: rep <i4, total <i8, room <i4, best first       room: leads that still fit, as the decision read it
    excluded:   rep <i4, by <i8                                by: bits, the lowest is the first name in `rules`
    full:       rep <i4, then <i4 each of `Fullness`           those whom a cap excluded, with what was counted
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from lead_router.domain.errors import ReplayInputsDiffer
from lead_router.domain.ids import GroupId, RepId
from lead_router.domain.routing import canonical_json
from lead_router.domain.routing.availability import Moment
from lead_router.domain.routing.canonical_json import fields_of, pack, unpack
from lead_router.domain.routing.decide import decide
from lead_router.domain.routing.decision import Batch, Decision, given_to
from lead_router.domain.routing.eligibility import BIT, Rule
from lead_router.domain.routing.fixed_point import IndexArray, Int64Array, epoch_seconds, from_epoch
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.ledger import GroupAccount
from lead_router.domain.routing.outcome import Assigned, Award, Outcome, Pooled
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.profile_match import CLASS_NAMES
from lead_router.domain.routing.rep_table import Column, RepTable, Roster
from lead_router.domain.routing.tables import RoutingTables

SCHEMA = 1
_CAPS = BIT[Rule.DAILY_CAP] | BIT[Rule.OPEN_CAP]
BEST = 10
"""Candidates whose terms stand in every receipt."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it is stored."""

    document: Mapping[str, Any]
    content: bytes
    """The document, canonically."""
    digest: str
    """SHA-256 of the content, hex."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Receipt":
        content = canonical_json.encode(document)
        return cls(document, content, canonical_json.digest(content))


class Fullness(NamedTuple):
    """What a cap was compared with, the earlier leads of the batch included."""

    leads_today: int
    daily_cap: int
    open_leads: int
    open_cap: int


class RankedRep(NamedTuple):
    rep_id: RepId
    rank: int
    total: int


def write_receipt(decision: Decision, asked: Iterable[RepId] = ()) -> Receipt:
    """The receipt, with all terms of the ten best, of who got the lead, and of the reps asked for.

    Raises:
        NotFound: a rep asked for was not in the roster.
    """
    batch, roster = decision.batch, decision.batch.reps.roster
    ranked = decision.ranked()
    places = batch.candidates[ranked]
    shown = [roster.ids[place] for place in places[:BEST].tolist()]
    named = [*shown, *([decision.rep_id] if decision.rep_id else ()), *asked]
    given = given_to(batch.reps, decision.earlier_awards)
    rooms = np.minimum(batch.free.room_today, batch.free.room_open) - given
    bits = decision.exclusion_bits()
    excluded = np.flatnonzero(bits)
    document = {
        "schema": SCHEMA,
        "lead": decision.priced.lead.to_document(),
        "moment": _moment_document(batch.moment),
        "versions": _versions(batch.reps, batch.policy, batch.tables),
        "ledger": {group: fields_of(batch.groups[group]) for group in batch.reps.group_ids if group in batch.groups},
        "batch": _batch_document(decision),
        "priority": _priority_document(decision),
        "worth": decision.priced.worth._asdict(),
        "outcome": _outcome_document(decision.outcome),
        "candidates": {
            "rep": pack(places, "<i4"),
            "total": pack(decision.totals[ranked], "<i8"),
            "room": pack(rooms[places], "<i4"),
        },
        "best": _best_document(decision, dict.fromkeys(named), places),
        "excluded": {
            "rules": list(batch.rules.names),
            "rep": pack(excluded, "<i4"),
            "by": pack(bits[excluded], "<i8"),
        },
        "full": _full_document(batch, np.flatnonzero(bits & _CAPS), given),
        "asked": list(asked),
    }
    return Receipt.of(document)


def replay(document: Mapping[str, Any], *, reps: RepTable, policy: Policy, tables: RoutingTables) -> Decision:
    """Decides the lead of a receipt again, alone, from its inputs.

    Args:
        reps: the rep rows as of the receipt's change sequence.
        policy: in the version that the receipt names; so `tables`.
    Raises:
        ReplayInputsDiffer: one of these is not what the receipt was written from.
    """
    lead = LeadSnapshot.from_document(document["lead"])
    given, seen = _versions(reps, policy, tables), document["versions"]
    differing = [name for name in seen if given.get(name) != seen[name]]
    if differing:
        raise ReplayInputsDiffer(lead.lead_id, differing)
    batch = document["batch"]
    return decide(
        [lead],
        reps=reps,
        policy=policy,
        tables=tables,
        groups={GroupId(group): GroupAccount(**account) for group, account in document["ledger"].items()},
        moment=_moment_from(document["moment"]),
        earlier=[Award(reps.roster.ids[place], worth) for place, worth in batch["earlier"]],
        first_position=batch["position"],
        held=None if batch["held"] is None else [reps.roster.ids[place] for place in batch["held"]],
    )[0]


def candidates_of(document: Mapping[str, Any], roster: Roster) -> list[RankedRep]:
    """Every candidate of a stored receipt, best first. The roster is the one of `versions.roster`."""
    columns = document["candidates"]
    pairs = zip(unpack(columns["rep"], "<i4"), unpack(columns["total"], "<i8"), strict=True)
    return [RankedRep(roster.ids[place], at, total) for at, (place, total) in enumerate(pairs, start=1)]


def exclusions_of(document: Mapping[str, Any], roster: Roster) -> dict[RepId, tuple[str, ...]]:
    """Every excluded rep of a stored receipt with the ids of all rules that exclude it."""
    columns = document["excluded"]
    pairs = zip(unpack(columns["rep"], "<i4"), unpack(columns["by"], "<i8"), strict=True)
    rules = columns["rules"]
    return {roster.ids[place]: tuple(name for at, name in enumerate(rules) if bits >> at & 1) for place, bits in pairs}


def fullness_of(document: Mapping[str, Any], roster: Roster) -> dict[RepId, Fullness]:
    """What was counted for every rep of a stored receipt whom a cap excluded."""
    columns = document["full"]
    figures = zip(*(unpack(columns[name], "<i4") for name in Fullness._fields), strict=True)
    return {
        roster.ids[place]: Fullness(*counted)
        for place, counted in zip(unpack(columns["rep"], "<i4"), figures, strict=True)
    }


def _full_document(batch: Batch, places: IndexArray, given: Int64Array) -> dict[str, str]:
    daily_cap, open_cap = batch.free.daily_cap, batch.reps[Column.OPEN_CAP]
    counted = {
        "leads_today": daily_cap - batch.free.room_today + given,
        "daily_cap": daily_cap,
        "open_leads": open_cap - batch.free.room_open + given,
        "open_cap": open_cap,
    }
    return {"rep": pack(places, "<i4")} | {name: pack(column[places], "<i4") for name, column in counted.items()}


def _versions(reps: RepTable, policy: Policy, tables: RoutingTables) -> dict[str, Any]:
    return {
        "policy_id": policy.id,
        "policy_version": policy.version,
        "skill": tables.skill.version,
        "worth": tables.worth.version,
        "prices": tables.prices.version,
        "decay": tables.decay.version,
        "rep_change_seq": reps.change_seq,
        "roster": reps.roster.digest,
        "reps": reps.inputs_digest(),
    }


def _moment_document(moment: Moment) -> dict[str, Any]:
    return {
        "now": moment.now_s,
        "today": moment.today.isoformat(),
        "day_ends": moment.day_ends_s,
        "calendar": moment.calendar_version,
    }


def _moment_from(document: Mapping[str, Any]) -> Moment:
    return Moment(
        from_epoch(document["now"]),
        date.fromisoformat(document["today"]),
        from_epoch(document["day_ends"]),
        document["calendar"],
    )


def _batch_document(decision: Decision) -> dict[str, Any]:
    batch: Batch = decision.batch
    position = batch.reps.roster.position
    return {
        "position": decision.position,
        "earlier": [[position[award.rep_id], award.credited_worth] for award in decision.earlier_awards],
        "held": None if batch.held is None else sorted(position[rep] for rep in batch.held if rep in position),
    }


def _priority_document(decision: Decision) -> dict[str, Any]:
    lead_class = decision.priced.lead_class
    return {"class": lead_class.id, "causes": list(lead_class.causes), "may_wait": lead_class.may_wait}


def _outcome_document(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Assigned):
        return {
            "kind": "offered" if outcome.is_offer else "assigned",
            "rep_id": outcome.rep_id,
            "because": outcome.because.value,
            "credited_worth": outcome.credited_worth,
        }
    if isinstance(outcome, Pooled):
        return {"kind": "pooled", "pool_id": outcome.pool_id, "because": outcome.because}
    return {
        "kind": "waiting",
        "reason": outcome.reason.value,
        "because": outcome.because,
        "look_again_at": None if outcome.look_again_at is None else epoch_seconds(outcome.look_again_at),
        "for_rep": outcome.for_rep,
    }


def _best_document(decision: Decision, reps: Iterable[RepId], ranked: IndexArray) -> list[dict[str, Any]]:
    rows = []
    for at, (rep, seen) in enumerate(decision.inputs(reps).items()):
        rank: int | None = at + 1
        if at >= min(BEST, len(ranked)):
            found = np.flatnonzero(ranked == decision.position_of(rep))
            rank = int(found[0]) + 1 if found.size else None
        terms = decision.terms_from(seen)
        rows.append(
            {
                "rep_id": rep,
                "rank": rank,
                "total": terms.total,
                "terms": terms._asdict(),
                "inputs": {**seen._asdict(), "lifts": list(seen.lifts), "class": CLASS_NAMES[seen.class_index]},
            }
        )
    return rows
