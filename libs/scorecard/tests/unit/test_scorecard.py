"""Scores, their reasons, and the artifact that carries them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard import (
    LANGUAGES,
    ArtifactInvalid,
    ChoiceField,
    NumberField,
    ReasonCode,
    Scorecard,
    decode,
    digest,
    encode,
    golden_vectors,
    probability_ppm,
    text_of,
)

POINTS = st.integers(-5_000_000, 5_000_000)
NAMES = st.text("abcdefgh._", min_size=1, max_size=8)


@st.composite
def number_fields(draw: st.DrawFn, name: str) -> NumberField:
    edges = sorted(draw(st.sets(st.floats(-1e9, 1e9, allow_nan=False), max_size=6)))
    points = draw(st.lists(POINTS, min_size=len(edges) + 1, max_size=len(edges) + 1))
    return NumberField(name, tuple(edges), tuple(points), draw(POINTS))


@st.composite
def cards(draw: st.DrawFn) -> Scorecard:
    names = draw(st.sets(NAMES, min_size=1, max_size=5))
    answers = st.dictionaries(st.text("xyz", min_size=1, max_size=4), POINTS, max_size=4)
    choice = [ChoiceField(name, draw(answers), draw(POINTS), draw(POINTS)) for name in sorted(names)[::2]]
    numbers = [draw(number_fields(name)) for name in sorted(names)[1::2]]
    return Scorecard(draw(POINTS), [*choice, *numbers])


def a_card() -> Scorecard:
    source = ChoiceField("source", {"referral": 700_000, "expo": -200_000}, other=-50_000, missing=-10_000)
    visits = NumberField("form.visits", (0.0, 3.0), (-400_000, 0, 300_000), missing=-100_000)
    return Scorecard(-1_000_000, [source, visits])


@given(cards(), st.dictionaries(NAMES, st.text(max_size=6)))
def test_contributions_and_base_add_up_to_the_score_of_any_lead(card: Scorecard, lead: dict[str, str]) -> None:
    score = card.score(lead)

    assert card.base + sum(one.points for one in score.contributions) == score.log_odds
    assert [one.field for one in score.contributions] == [field.name for field in card.fields]
    assert 0 < score.probability_ppm < 1_000_000


@given(cards())
def test_a_card_comes_back_from_its_bytes_and_golden_vectors_touch_every_bin(card: Scorecard) -> None:
    content = encode(card)

    artifact = decode(content, sha256=digest(content))

    assert encode(artifact.card) == content
    seen = {one for vector in golden_vectors(card) for one in card.score(vector.lead).contributions}
    for field in card.fields:
        bins = len(field.points) + (2 if isinstance(field, ChoiceField) else 1)
        assert len({(one.code, one.detail) for one in seen if one.field == field.name}) == bins


@given(st.integers(), st.integers())
def test_more_log_odds_never_mean_less_probability(one: int, other: int) -> None:
    low, high = sorted((one, other))

    assert probability_ppm(low) <= probability_ppm(high)


@pytest.mark.parametrize(
    ("lead", "codes"),
    [
        ({"source": " Referral ", "form.visits": "3"}, (ReasonCode.CHOICE, ReasonCode.BETWEEN)),
        ({"source": "a new fair", "form.visits": "0"}, (ReasonCode.OTHER_CHOICE, ReasonCode.UP_TO)),
        ({"source": "Select", "form.visits": "3.5"}, (ReasonCode.MISSING, ReasonCode.ABOVE)),
        ({"form.visits": "many"}, (ReasonCode.MISSING, ReasonCode.MISSING)),
        ({"source": "请选择", "form.visits": "1,200"}, (ReasonCode.MISSING, ReasonCode.ABOVE)),
    ],
)
def test_every_answer_falls_into_a_bin(lead: dict[str, str], codes: tuple[ReasonCode, ...]) -> None:
    assert tuple(one.code for one in a_card().score(lead).contributions) == codes


def test_an_unlisted_answer_is_not_repeated_in_the_reason() -> None:
    [reason, _] = a_card().score({"source": "Zhang San 13800000000"}).contributions

    assert reason.detail == ""


def test_the_strongest_reasons_come_first() -> None:
    score = a_card().score({"source": "referral", "form.visits": "9"})

    assert [one.field for one in score.strongest(5)] == ["source", "form.visits"]


def test_reasons_are_told_in_both_languages() -> None:
    source, visits = a_card().score({"source": "referral", "form.visits": "2"}).contributions

    assert text_of(source, "en") == "source is referral: odds of a win × 2.01"
    assert text_of(source, "zh-CN") == "来源为“referral”：成交机会比 × 2.01"
    assert text_of(visits, "zh-CN") == "表单字段“visits”在 0 与 3 之间：成交机会比 × 1.00"
    for code in ReasonCode:
        for language in LANGUAGES:
            assert "{" not in text_of(type(source)("region", code, "1 2", 5), language)


def test_bytes_that_were_not_announced_are_refused() -> None:
    with pytest.raises(ArtifactInvalid, match="announced"):
        decode(encode(a_card()), sha256="0" * 64)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"format": 2}, "format"),
        ({"golden": []}, "no golden vectors"),
        ({"base": 7}, "golden vector 0"),
        ({"base": 0.5}, "base is no whole number"),
        ({"fields": [{"kind": "number", "name": "n", "edges": [1], "points": [1], "missing": 0}]}, "1 edges need 2"),
        ({"fields": [{"kind": "tree", "name": "n", "points": {}, "missing": 0}]}, "unknown kind"),
        ({"fields": "many"}, "shape of a card"),
    ],
)
def test_a_tampered_card_is_refused_with_what_is_wrong(change: dict[str, object], fault: str) -> None:
    document = json.loads(encode(a_card())) | change
    content = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    with pytest.raises(ArtifactInvalid, match=fault):
        decode(content)


def test_another_spelling_of_the_same_card_is_refused() -> None:
    with pytest.raises(ArtifactInvalid, match="canonical"):
        decode(encode(a_card()).replace(b",", b", ", 1))
