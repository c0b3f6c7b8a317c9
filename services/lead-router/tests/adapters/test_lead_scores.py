"""Scores in the router: a model that was announced, fetched and verified scores leads as they come in."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from chassis.errors import NotFound
from chassis.subscription import Subscription
from lead_router.adapters.kafka.model_facts import model_handlers
from lead_router.domain.errors import LeadNotScored
from scorecard import ChoiceField, NumberField, Scorecard, digest, encode
from support.events import an_event, deliver
from throughline.lead_router.v1 import events_pb2, lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb
from throughline.scoring.v1.events_pb2 import LeadModelPublished, LeadModelShadowed

from ..desk import DIRECTOR, NO_CONTEXT, REPS, TENANT, RouterDesk, a_submission

FIRST, SECOND = "0190f3c4-0000-7000-8000-0000000000e1", "0190f3c4-0000-7000-8000-0000000000e2"


def a_card(base: int = -1_000_000) -> bytes:
    source = ChoiceField("source", {"referral": 900_000, "website": -150_000}, other=-30_000, missing=0)
    visits = NumberField("form.visits", (2.0, 8.0), (-500_000, 0, 400_000), missing=-100_000)
    return encode(Scorecard(base, [source, visits]))


class Scoring:
    """Scoring as the router hears of it."""

    def __init__(self, desk: RouterDesk) -> None:
        self._desk = desk
        self._sequence = 0
        self._version_base = 0

    def is_restored(self, *, sequence: int) -> None:
        """Its database is that of an earlier time; its events stand above all before (`chassis.restoration`)."""
        self._sequence, self._version_base = sequence, 1_000_000

    async def publishes(self, model_id: str, content: bytes, *, announced: str = "") -> None:
        self._desk.shelf.contents[model_id] = content
        sha256 = announced or digest(content)
        await self._tells(LeadModelPublished(model_id=model_id, sequence=self._next(), sha256=sha256))

    async def shadows(self, model_id: str, content: bytes, *, stop: bool = False) -> None:
        self._desk.shelf.contents[model_id] = content
        sequence = self._next()
        fact = LeadModelShadowed(model_id=model_id, sequence=sequence, sha256=digest(content), is_stopped=stop)
        await self._tells(fact)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    async def _tells(self, fact: Any) -> None:
        handlers = model_handlers(self._desk.models)
        subscription = Subscription("lead-router.models", aggregates=("lead_model",), handlers=handlers)
        version = self._version_base + self._sequence
        record = an_event(fact, TENANT, aggregate_id=TENANT, aggregate="lead_model", version=version)
        await deliver(self._desk.database, subscription, record)
        with self._desk.as_person(DIRECTOR, "director"):
            await self._desk.models.fetch()


@pytest.fixture
async def scoring(desk: RouterDesk) -> Scoring:
    return Scoring(desk)


async def submitted(desk: RouterDesk, source: str = "referral", visits: str = "9") -> pb.SubmitLeadResponse:
    submission = a_submission(source=source)
    submission.form["visits"] = visits
    with desk.as_person(DIRECTOR, "director", "admin"):
        return await desk.leads.SubmitLead(pb.SubmitLeadRequest(submission=submission), NO_CONTEXT)


async def told(desk: RouterDesk, kind: type[Any]) -> list[Any]:
    query = text("SELECT payload FROM outbox WHERE type = :type ORDER BY seq")
    async with desk.database.transaction(TENANT) as work:
        found = await work.connection.execute(query, {"type": kind.DESCRIPTOR.full_name})
        return [kind.FromString(bytes(row.payload)) for row in found]


async def test_a_published_model_scores_leads_and_its_reasons_add_up(desk: RouterDesk, scoring: Scoring) -> None:
    await desk.hire(REPS[0])
    await scoring.publishes(FIRST, a_card())

    answer = await submitted(desk)

    score = (await desk.get(answer.lead.lead_id)).score
    assert (score.model_id, score.log_odds) == (FIRST, 300_000)
    assert score.base + sum(reason.points for reason in score.reasons) == score.log_odds
    assert [reason.field for reason in score.reasons] == ["source", "form.visits"]
    assert score.reasons[0].text_zh_cn == "来源为“referral”：成交机会比 × 2.46"
    assert score.reasons[1].text_en == "form field “visits” is above 8: odds of a win × 1.49"
    assert (answer.receipt.model, answer.receipt.score) == (FIRST, score)


async def test_the_score_leaves_with_the_lead_and_what_was_typed_into_a_form_stays(
    desk: RouterDesk, scoring: Scoring
) -> None:
    await desk.hire(REPS[0])
    await scoring.publishes(FIRST, a_card())
    await scoring.shadows(SECOND, a_card(base=0))

    await submitted(desk)

    [fact] = await told(desk, events_pb2.LeadReceived)
    assert (fact.score_model_id, fact.shadow_model_id) == (FIRST, SECOND)
    assert 0 < fact.score_ppm < fact.shadow_score_ppm
    assert fact.captured["source"] == "referral"
    assert not [name for name in fact.captured if name.startswith("form.")]


async def test_without_a_model_the_policy_s_base_rate_holds_as_before(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])

    answer = await submitted(desk)

    assert answer.receipt.model == "default"
    assert not answer.lead.HasField("score")
    assert not answer.receipt.HasField("score")


async def test_bytes_that_were_not_announced_are_refused_and_the_model_before_goes_on(
    desk: RouterDesk, scoring: Scoring
) -> None:
    await desk.hire(REPS[0])
    await scoring.publishes(FIRST, a_card())
    await scoring.publishes(SECOND, a_card(base=0), announced="0" * 64)

    answer = await submitted(desk)

    assert answer.lead.score.model_id == FIRST


async def test_what_scoring_tells_after_it_was_restored_holds_though_its_numbers_begin_again(
    desk: RouterDesk, scoring: Scoring
) -> None:
    await desk.hire(REPS[0])
    await scoring.publishes(FIRST, a_card())
    await scoring.publishes(SECOND, a_card(base=0))
    scoring.is_restored(sequence=0)
    await scoring.publishes(FIRST, a_card())

    answer = await submitted(desk)

    assert answer.lead.score.model_id == FIRST


async def test_leads_go_on_without_a_score_where_the_stored_model_is_damaged(
    desk: RouterDesk, scoring: Scoring
) -> None:
    await desk.hire(REPS[0])
    await scoring.publishes(FIRST, a_card())
    async with desk.database.transaction(TENANT) as work:
        await work.connection.execute(text("UPDATE lead_model SET artifact = substring(artifact FROM 2)"))

    answer = await submitted(desk)

    assert answer.receipt.model == "default"


async def test_a_rolled_back_model_scores_again(desk: RouterDesk, scoring: Scoring) -> None:
    await desk.hire(REPS[0])
    for model_id, base in ((FIRST, -1_000_000), (SECOND, 0), (FIRST, -1_000_000)):
        await scoring.publishes(model_id, a_card(base))
    await scoring.shadows(SECOND, a_card(0))
    await scoring.shadows(SECOND, a_card(0), stop=True)

    answer = await submitted(desk)

    [fact] = await told(desk, events_pb2.LeadReceived)
    assert answer.lead.score.model_id == FIRST
    assert fact.shadow_model_id == ""


async def test_an_owner_judges_a_score_and_models_are_told_without_the_words(
    desk: RouterDesk, scoring: Scoring
) -> None:
    await desk.hire(REPS[0])
    await scoring.publishes(FIRST, a_card())
    lead = (await submitted(desk)).lead
    request = pb.JudgeScoreRequest(
        lead_id=lead.lead_id, verdict=lead_pb2.SCORE_VERDICT_TOO_HIGH, reason="王总 only compares prices"
    )

    with desk.as_person(REPS[1], "rep"), pytest.raises(NotFound):
        await desk.leads.JudgeScore(request, NO_CONTEXT)
    with desk.as_person(REPS[0], "rep"):
        answer = await desk.leads.JudgeScore(request, NO_CONTEXT)

    [fact] = await told(desk, events_pb2.LeadScoreJudged)
    assert (fact.verdict, fact.by_person_id) == (lead_pb2.SCORE_VERDICT_TOO_HIGH, REPS[0])
    assert fact.probability_ppm == lead.score.probability_ppm
    assert answer.lead.score == lead.score


async def test_a_lead_without_a_score_has_none_to_judge(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    lead = (await submitted(desk)).lead
    request = pb.JudgeScoreRequest(lead_id=lead.lead_id, verdict=lead_pb2.SCORE_VERDICT_AGREE, reason="as I see it")

    with desk.as_person(REPS[0], "rep"), pytest.raises(LeadNotScored):
        await desk.leads.JudgeScore(request, NO_CONTEXT)
