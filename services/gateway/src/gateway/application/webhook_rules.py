"""What a webhook may ask for: known types of events, and filters on fields that all of them have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chassis.errors import Violation
from gateway.application.webhook_ports import EventKind
from gateway.domain.webhook import WebhookSpec
from gateway.domain.webhook_address import AddressRules


def spec_faults(spec: WebhookSpec, kinds: Mapping[str, EventKind], addresses: AddressRules) -> list[Violation]:
    """Everything that speaks against the words about a webhook."""
    return [
        *_name_faults(spec),
        *addresses.url_faults(spec.url),
        *_type_faults(spec, kinds),
        *_filter_faults(spec, kinds),
    ]


def _name_faults(spec: WebhookSpec) -> Iterator[Violation]:
    if not spec.name:
        yield Violation("spec.name", "name.empty", "must say something")


def _type_faults(spec: WebhookSpec, kinds: Mapping[str, EventKind]) -> Iterator[Violation]:
    if not spec.event_types:
        yield Violation("spec.event_types", "event_types.empty", "must name at least one type of event")
    for place, name in enumerate(spec.event_types):
        if name not in kinds:
            yield Violation(f"spec.event_types[{place}]", "event_type.unknown", f"there are no events of type {name}")


def _filter_faults(spec: WebhookSpec, kinds: Mapping[str, EventKind]) -> Iterator[Violation]:
    for place, each in enumerate(spec.filters):
        without = [name for name in spec.event_types if name in kinds and each.field not in kinds[name].filter_fields]
        if without:
            said = f"{', '.join(without)} has no plain field {each.field}"
            yield Violation(f"spec.filters[{place}].field", "filter.unknown_field", said)
