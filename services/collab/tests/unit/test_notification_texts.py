from __future__ import annotations

from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from chassis.ids import PersonId
from collab.adapters.texts.notification_texts import CatalogueTexts
from collab.domain.lead_news import NewsKind
from collab.domain.notification import Notification, Part
from collab.domain.task_news import TOLD, TaskNewsKind
from collab.domain.water_line_news import WaterLineNewsKind

from ..builders import A_MORNING, a_notification, news

TEXTS = CatalogueTexts.load()
SHANGHAI = ZoneInfo("Asia/Shanghai")
EVERYBODY = {
    "owner_id": PersonId("o"),
    "former_owner_id": PersonId("f"),
    "supervisor_ids": (PersonId("s"),),
    "submitter_id": PersonId("u"),
}


Kind = NewsKind | TaskNewsKind


def everything_told() -> list[tuple[Kind, Part]]:
    of_tasks: list[tuple[Kind, Part]] = [(kind, part) for kind, parts in TOLD.items() for part in parts]
    return of_tasks + [
        (kind, part) for kind in NewsKind for part in news(kind, **EVERYBODY).concerned(is_urgent=True).values()
    ]


def a_told(kind: Kind, part: Part, **facts: str) -> Notification:
    return a_notification("p", kind=kind.value, part=part, facts={"lead_id": "L1", "task_id": "L1", **facts})


@pytest.mark.parametrize(("kind", "part"), everything_told())
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_everything_that_is_told_can_be_said_in_every_language(kind: Kind, part: Part, locale: str) -> None:
    notification = a_told(kind, part, due_at=A_MORNING.isoformat(), reason="full")

    text, title = TEXTS.text(notification, locale, SHANGHAI), TEXTS.title(notification, locale)

    assert "L1" in text
    assert "…" not in text
    assert any("一" <= character <= "鿿" for character in text + title) == (locale == "zh-CN")


def test_the_catalogue_says_nothing_that_is_never_told() -> None:
    written = {(kind, part) for kind, parts in TEXTS._catalogue.items() for part in parts}

    of_leads = {(kind.value, part.value) for kind, part in everything_told()}
    assert written == of_leads | {(kind.value, Part.SUPERVISOR.value) for kind in WaterLineNewsKind}


@pytest.mark.parametrize("kind", WaterLineNewsKind)
@pytest.mark.parametrize(
    ("locale", "said"), [("zh-CN", "销售 P1在 2026-03 的转商机率为 12.5%"), ("en", "of rep P1 was 12.5 %")]
)
def test_news_of_water_lines_can_be_said_in_every_language(kind: WaterLineNewsKind, locale: str, said: str) -> None:
    facts = {"metric_zh": "转商机率", "metric_en": "Conversion", "month": "2026-03", "value": "12.5", "line": "30"}
    notification = a_notification(
        "p", kind=kind.value, part=Part.SUPERVISOR, facts={**facts, "subject_kind": "rep", "subject": "P1"}
    )

    text = TEXTS.text(notification, locale, SHANGHAI)

    assert said in text
    assert "…" not in text


def test_texts_speak_of_ids_and_facts_only() -> None:
    used = {
        name
        for parts in TEXTS._catalogue.values()
        for languages in parts.values()
        for wording in languages.values()
        for _, name, _, _ in Formatter().parse(wording["text"])
        if name
    }

    of_water_lines = {"metric_zh", "metric_en", "month", "value", "line", "subject_kind", "subject"}
    assert used == {"lead_id", "task_id", "due_at", "reason"} | of_water_lines


def test_times_are_said_in_the_zone_of_the_tenant() -> None:
    silent = a_told(NewsKind.FELL_SILENT, Part.OWNER, due_at=A_MORNING.isoformat())

    assert "2026-03-10 09:30" in TEXTS.text(silent, "zh-CN", SHANGHAI)
    assert "2026-03-10 01:30" in TEXTS.text(silent, "en", ZoneInfo("UTC"))


def test_codes_are_said_in_words_and_unknown_ones_as_they_are() -> None:
    assert "every rep is full" in TEXTS.text(a_told(NewsKind.QUEUED, Part.SUPERVISOR, reason="full"), "en", SHANGHAI)
    assert "weather" in TEXTS.text(a_told(NewsKind.QUEUED, Part.SUPERVISOR, reason="weather"), "en", SHANGHAI)


def test_a_fact_that_is_missing_shows_as_a_gap() -> None:
    assert "before …" in TEXTS.text(a_told(NewsKind.ASSIGNED, Part.OWNER), "en", SHANGHAI)


def test_an_unknown_kind_shows_as_itself_and_an_unknown_language_as_chinese() -> None:
    unknown = a_notification("p", kind="lead.danced", resource="leads/1")

    assert TEXTS.text(unknown, "en", SHANGHAI) == "lead.danced leads/1"
    assert TEXTS.title(unknown, "en") == "lead.danced"
    assert TEXTS.title(a_told(NewsKind.ASSIGNED, Part.OWNER), "fr") == "新线索"


def test_urgent_ones_begin_with_saying_so() -> None:
    urgent = a_notification("p", is_urgent=True)

    assert TEXTS.title(urgent, "zh-CN") == "【紧急】新线索"
    assert TEXTS.title(urgent, "en") == "Urgent: New lead"
