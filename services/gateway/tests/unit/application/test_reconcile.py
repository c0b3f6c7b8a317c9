"""Two sets of records are compared by digests, and exactly those are named that differ at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from chassis import metric_names as names
from chassis import telemetry
from chassis.errors import Unreachable
from gateway.adapters.reconciliation_watch import LOOK_EVERY_S, ReconciliationWatch
from gateway.application.reconcile import Reconciler
from gateway.domain.reconciliation import Bucket, Check, Code, Place, Reading, Records, Told

OWNER, COPY = Place("lead-router", "owned_leads"), Place("scoring", "owned_leads")
EQUAL = Check(Code.LEAD_OWNERS, OWNER, COPY, ("owner_id",))
REFERENCE = Check(Code.OPPORTUNITY_CUSTOMERS, OWNER, COPY, is_reference=True)

# Few digits, so that records often share a bucket.
IDS = st.integers(0, 40).map(lambda number: str(UUID(int=number * 0x800)))
RECORDS = st.dictionaries(IDS, st.sampled_from(["anna", "bo"]).map(lambda owner: (owner,)))


@dataclass
class InMemoryKeepers:
    """Two services with a set each; as the port `RecordKeepers`."""

    sets: Mapping[Place, Records]
    moving: frozenset[str] = frozenset()
    away: frozenset[str] = frozenset()
    listed: list[str] = field(default_factory=list)

    async def digest(self, place: Place) -> Mapping[str, Bucket]:
        records = self._of(place)
        return {
            name: Bucket(len(inside), hash(tuple(sorted(inside.items()))))
            for name in {record_id[-3:] for record_id in records}
            if (inside := {each: facts for each, facts in records.items() if each.endswith(name)})
        }

    async def of_buckets(self, place: Place, buckets: Sequence[str]) -> Records:
        self.listed += buckets
        return {each: facts for each, facts in self._of(place).items() if each[-3:] in buckets}

    async def page(self, place: Place, after: str, size: int) -> Records:
        return {each: self._of(place)[each] for each in sorted(self._of(place)) if each > after}

    async def read(self, place: Place, ids: Sequence[str], told: Sequence[Told] = ()) -> Reading:
        moving = self.moving & set(ids) if place == COPY else frozenset()
        return Reading({each: facts for each, facts in self._of(place).items() if each in ids}, moving=moving)

    def _of(self, place: Place) -> Records:
        if place.service in self.away:
            raise Unreachable(place.service)
        return self.sets[place]


def a_reconciler(keepers: InMemoryKeepers, check: Check = EQUAL) -> Reconciler:
    async def tenants() -> list[str]:
        return ["t"]

    return Reconciler(lambda _: keepers, tenants, [check])


@given(RECORDS, RECORDS, st.frozensets(IDS))
async def test_exactly_the_records_that_differ_and_do_not_move_are_named(
    owned: Records, kept: Records, moving: frozenset[str]
) -> None:
    keepers = InMemoryKeepers({OWNER: owned, COPY: kept}, moving)

    [found] = await a_reconciler(keepers)("t", (), 1000)

    differing = {each for each in owned.keys() | kept.keys() if owned.get(each) != kept.get(each)}
    assert {each.record_id for each in found.examples} == differing - moving
    assert found.differences == len(differing - moving)
    assert (found.owner_records, found.copy_records) == (len(owned), len(kept))
    assert set(keepers.listed) == {each[-3:] for each in differing}


@given(RECORDS, RECORDS)
async def test_exactly_the_references_that_lead_nowhere_are_named(owned: Records, referring: Records) -> None:
    keepers = InMemoryKeepers({OWNER: owned, COPY: referring})

    [found] = await a_reconciler(keepers, REFERENCE)("t", (), 1000)

    assert {each.record_id for each in found.examples} == referring.keys() - owned.keys()


async def test_a_service_that_does_not_answer_is_named_and_nothing_is_said_of_its_records() -> None:
    keepers = InMemoryKeepers({OWNER: {"a00": ("anna",)}, COPY: {}}, away=frozenset({"scoring"}))

    [found] = await a_reconciler(keepers)("t", (), 10)

    assert (found.unanswered, found.differences, found.examples) == ("scoring", 0, ())


async def test_services_are_compared_hourly_and_sooner_while_one_is_away() -> None:
    keepers = InMemoryKeepers({OWNER: {"a00": ("anna",)}, COPY: {}}, away=frozenset({"scoring"}))
    now_s = 0.0
    watch = ReconciliationWatch(a_reconciler(keepers), lambda: now_s)

    exported = telemetry.record_for_tests()
    compared = []
    for now_s in (0, LOOK_EVERY_S, 2 * LOOK_EVERY_S, 3 * LOOK_EVERY_S, 3 * LOOK_EVERY_S + 3600):
        await watch.look()
        keepers.away = keepers.away if now_s < 2 * LOOK_EVERY_S else frozenset()
        compared.append((watch.ended_s, sum(finding.differences for finding in watch.found)))

    assert compared == [(None, 0), (60, 0), (120, 0), (180, 1), (3780, 1)]
    [point] = exported.points()[names.RECONCILIATION_DIFFERENCES]
    assert (point.value, point.attributes) == (1, {names.CHECK: "lead_owners", names.COPY: "scoring"})
