"""The diagram of the architecture shows the calls and events that the services really make."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import generate_event_catalogue as catalogue
import pytest

from chassis.directory import DIRECTORY_AGGREGATES
from chassis.outbox import NOTICE

PAGE = (catalogue.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ALL_FACTS = "all facts"
"""What the gateway reads, so that anything can be sent to systems outside."""
_ARROW = re.compile(
    r"^ +(?P<from>\w[\w-]*) (?P<kind>-\.|==) (?P<what>[^=.]+?) (?:\.->|==>) (?P<to>\w[\w-]*)", re.MULTILINE
)


def arrows(kind: str) -> set[tuple[str, str, str]]:
    """From, what and to of each arrow of one kind; one for each topic."""
    return {
        (arrow["from"], what.strip(), arrow["to"])
        for arrow in _ARROW.finditer(PAGE)
        if arrow["kind"] == kind
        for what in arrow["what"].split(",")
    }


@pytest.fixture(scope="module")
def services() -> list[catalogue.Wired]:
    return asyncio.run(catalogue.wired_services())


def test_every_call_between_services_is_drawn() -> None:
    drawn = {(caller, called) for caller, _, called in arrows("-.")}

    made = {("gateway", name) for name in catalogue.SERVICES if name != "gateway"}
    for name in catalogue.SERVICES:
        for source in (catalogue.ROOT / "services" / name / "src").rglob("*.py"):
            made |= {(name, called) for called in _called(source)}
    assert drawn == made


def _called(source: Path) -> list[str]:
    return re.findall(r'channels\.to\("([a-z-]+)"\)', source.read_text(encoding="utf-8"))


def test_every_topic_is_drawn_from_its_owner(services: list[catalogue.Wired]) -> None:
    drawn = {(source, topic) for source, topic, target in arrows("==") if target == "kafka"}

    assert drawn == {(service.name, topic) for service in services for topic in service.aggregates - {NOTICE}}


def test_every_consumer_is_drawn_but_those_of_the_directory(services: list[catalogue.Wired]) -> None:
    facts = {topic for service in services for topic in service.aggregates - {NOTICE}}
    drawn = {
        (topic, target)
        for source, what, target in arrows("==")
        if source == "kafka"
        for topic in (facts if what == ALL_FACTS else {what})
    }

    read = {
        (aggregate, service.name)
        for service in services
        for subscription in service.subscriptions
        if subscription.aggregates != DIRECTORY_AGGREGATES
        for aggregate in subscription.aggregates
    }
    assert drawn == read
