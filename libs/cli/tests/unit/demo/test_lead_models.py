"""The story of the models: trained, published, scored by, rolled back; once, also where it is played again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx

from sample_company import generate
from throughline_cli.catalogue import Texts
from throughline_cli.demo.lead_models import LeadModels
from throughline_cli.demo.stage import Stage
from throughline_cli.endpoints import Target
from throughline_cli.session import Session

from ...fake_gateway import URL
from ...fake_scoring import FakeScoring

COMPANY = generate(start=date(2026, 3, 2), leads=60)


@contextmanager
def the_story(suite: FakeScoring, folder: Path) -> Iterator[LeadModels]:
    session = Session(Texts("en"), {}, io.StringIO(), io.StringIO(), folder, httpx.MockTransport(suite.serve))
    session.target = Target(URL, token_url=f"{URL}/oauth/token", client_id="operator", client_secret="secret")
    with session.closing():
        yield LeadModels(Stage(session, 60), COMPANY)


def test_three_leads_are_scored_by_the_first_the_second_and_the_first_model_again_and_that_once(tmp_path: Path) -> None:
    suite = FakeScoring()

    with the_story(suite, tmp_path) as story:
        told, again = story.played(), story.played()

    assert suite.commands == [
        *("train on 1200", "publish m1", "lead scored by m1"),
        *("train on 1600", "publish m2", "lead scored by m2"),
        *("roll back to m1", "lead scored by m1"),
    ]
    assert [lead["score"]["model_id"] for lead in told["leads"]] == ["m1", "m2", "m1"]
    assert [model["number"] for model in told["models"]] == [1, 2]
    assert again == told


def test_a_story_that_was_broken_off_goes_on_to_its_end(tmp_path: Path) -> None:
    suite = FakeScoring()
    with the_story(suite, tmp_path) as story:
        first = story.played()
        lost, suite.leads = suite.leads[:2], suite.leads[2:]
        suite.forget(lost)

        again = story.played()

    assert len(again["leads"]) == len(first["leads"])
    assert suite.commands.count("train on 1200") == 1


def test_with_too_little_to_learn_from_it_ends_with_the_figures(tmp_path: Path) -> None:
    with the_story(FakeScoring(needed=10_000), tmp_path) as story:
        told = story.played()

    assert told["failure"]["failure"] == "TOO_LITTLE_DATA"
    assert told["failure"]["figures"] == {"needed": "10000"}
    assert told["leads"] == []
