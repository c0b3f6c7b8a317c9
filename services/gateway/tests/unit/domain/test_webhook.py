from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.delivery import Attempt, Fault, RetryPlan
from gateway.domain.ids import WebhookId
from gateway.domain.webhook import (
    EventFilter,
    SealedSecrets,
    Webhook,
    WebhookSpec,
    WebhookState,
    WebhookStateForbids,
)

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
SPEC = WebhookSpec("CRM", "https://crm.example.com/", ("LeadAssigned",))


def a_webhook(state: WebhookState = WebhookState.ACTIVE) -> Webhook:
    return Webhook(WebhookId("w"), SPEC, SealedSecrets(b"new"), state, "person:p", NOON, NOON)


@pytest.mark.parametrize(
    ("filters", "is_wanted"),
    [
        ([], True),
        ([EventFilter("owner_id", ("p1", "p2"))], True),
        ([EventFilter("owner_id", ("p3",))], False),
        ([EventFilter("is_urgent", ("true",)), EventFilter("count", ("3",))], True),
        ([EventFilter("is_urgent", ("true",)), EventFilter("count", ("4",))], False),
        ([EventFilter("customer.grade", ("A",))], True),
        ([EventFilter("customer.nothing", ("null",))], True),
        ([EventFilter("owner_id.deeper", ("p1",))], False),
    ],
)
def test_an_event_is_wanted_where_it_passes_every_filter(filters: list[EventFilter], is_wanted: bool) -> None:
    spec = WebhookSpec("CRM", SPEC.url, SPEC.event_types, tuple(filters))
    data = {"owner_id": "p1", "is_urgent": True, "count": 3, "customer": {"grade": "A"}}

    assert spec.wants("LeadAssigned", data) is is_wanted
    assert not spec.wants("LeadClosed", data)


def test_the_old_secret_signs_until_the_overlap_is_over() -> None:
    rotated = SealedSecrets(b"old").rotated(b"new", at=NOON, overlap=timedelta(hours=24))

    assert rotated.at(NOON + timedelta(hours=23)) == (b"new", b"old")
    assert rotated.at(NOON + timedelta(hours=24)) == (b"new",)
    assert SealedSecrets(b"old").rotated(b"new", at=NOON, overlap=timedelta()).at(NOON) == (b"new",)


def test_an_archived_webhook_is_changed_only_by_restoring_it() -> None:
    archived = a_webhook().archived(NOON)

    for move in (archived.paused, archived.resumed):
        with pytest.raises(WebhookStateForbids):
            move(NOON)
    with pytest.raises(WebhookStateForbids):
        archived.edited(WebhookSpec("other", SPEC.url, SPEC.event_types), NOON)
    assert archived.restored(NOON).state is WebhookState.PAUSED


def test_what_changes_nothing_makes_no_version() -> None:
    webhook = a_webhook()

    assert webhook.resumed(NOON) is webhook
    assert webhook.edited(SPEC, NOON) is webhook
    assert webhook.paused(NOON).version == 2
    assert webhook.paused(NOON).suspended(NOON).state is WebhookState.PAUSED


def test_a_delivery_is_given_up_after_too_many_failures_or_when_the_receiver_is_gone() -> None:
    plan = RetryPlan(most_tries=3)
    away = Attempt(NOON, timedelta(), fault=Fault.TIMEOUT)
    gone = Attempt(NOON, timedelta(), status=410, fault=Fault.STATUS)

    assert [plan.gives_up(failures, away) for failures in (1, 2, 3)] == [False, False, True]
    assert plan.gives_up(1, gone)


def test_a_receiver_may_ask_for_a_longer_pause_within_the_bound() -> None:
    plan = RetryPlan()
    asks = Attempt(NOON, timedelta(), status=429, fault=Fault.STATUS, retry_after=timedelta(minutes=2))
    asks_much = Attempt(NOON, timedelta(), status=429, fault=Fault.STATUS, retry_after=timedelta(days=1))

    assert plan.pause(timedelta(seconds=4), asks) == timedelta(minutes=2)
    assert plan.pause(timedelta(seconds=4), asks_much) == plan.longest_pause
