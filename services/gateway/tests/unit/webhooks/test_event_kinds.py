from __future__ import annotations

from gateway.adapters.kafka.event_kinds import AGGREGATES, ContractEventKinds, aggregate_of
from gateway.transcoding.contracts import Contracts

KINDS = ContractEventKinds(Contracts.load())


def test_every_event_of_the_contracts_can_be_asked_for() -> None:
    files = [file for file in Contracts.load().files if file.name.endswith("/events.proto")]
    names = [name for file in files for name in file.message_types_by_name]

    assert sorted(KINDS.all()) == sorted(names), "an aggregate is missing in AGGREGATES, or two events share a name"
    assert {kind.aggregate for kind in KINDS.all().values()} == set(AGGREGATES)


def test_an_event_belongs_to_the_aggregate_it_is_named_after() -> None:
    assert aggregate_of("FollowUpRecorded") == "follow_up"
    assert aggregate_of("Rumour") == ""


def test_a_kind_tells_what_it_says_and_what_filters_may_name() -> None:
    assigned, customer = KINDS.all()["LeadAssigned"], KINDS.all()["CustomerChanged"]

    assert assigned.description == "A lead got an owner by decision."
    assert {"owner_id", "is_urgent"} <= assigned.filter_fields
    assert "customer.grade" in customer.filter_fields
