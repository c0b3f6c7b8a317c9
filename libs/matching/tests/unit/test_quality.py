"""Measured on retyped public company names: how many duplicates are found, how many joins are wrong.

Needs the folder `zh-company-names` below the one that THROUGHLINE_DATA names.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pytest

from matching.context import Counts
from matching.decision import Candidate, Outcome, decide
from matching.identity import Identity, NormalisedIdentity, normalise
from matching.keys import blocking_keys, fuzzy_keys, strong_keys
from matching.points import ReasonCode
from matching.scoring import compare

from ..perturbed_names import NameLists

DATA = os.environ.get("THROUGHLINE_DATA", "")
FOLDER = Path(DATA, "zh-company-names")
LEADS, DUPLICATES, STRANGERS = 5_000, 1_000, 1_000

pytestmark = pytest.mark.skipif(
    not DATA or not FOLDER.is_dir(),
    reason="THROUGHLINE_DATA names no folder that holds zh-company-names, the public lists to measure on",
)


@pytest.fixture(scope="module")
def lists() -> NameLists:
    return NameLists(FOLDER, Random(20260101))


class Leads:
    """An index as the services keep it: the newest 50 of a fuzzy key, the newest 200 of a strong one."""

    def __init__(self, records: list[NormalisedIdentity]) -> None:
        self.records = records
        self.by_key: dict[int, list[int]] = defaultdict(list)
        self.by_full_name: dict[str, set[int]] = defaultdict(set)
        brands: dict[str, set[tuple[str, tuple[str, ...]]]] = defaultdict(set)
        for lead, record in enumerate(records):
            for key in blocking_keys(record):
                self.by_key[key.number].append(lead)
            if record.chinese is not None:
                self.by_full_name[record.chinese.full].add(lead)
                brands[record.chinese.brand].add((record.chinese.core, record.chinese.regions))
        self.context = Counts(
            brands={brand: len(pairs) for brand, pairs in brands.items()},
            persons=Counter(record.person.name for record in records if record.person is not None),
        )

    def candidates(self, record: NormalisedIdentity) -> set[int]:
        strong = [self.by_key[key.number][-200:] for key in strong_keys(record)]
        fuzzy = [self.by_key[key.number][-50:] for key in fuzzy_keys(record)]
        return {lead for found in (*strong, *fuzzy) for lead in found}


def test_retyped_names_are_found_and_hardly_ever_joined_wrongly(
    lists: NameLists,
) -> None:
    companies = [lists.company(number) for number in range(LEADS)]
    leads = Leads([normalise(lists.record(company, company.name, 0.9)) for company in companies])
    seen: Counter[str] = Counter()

    for _ in range(DUPLICATES):
        number = lists.random.randrange(LEADS)
        record = normalise(lists.record(companies[number], lists.retyped(companies[number]), 0.6))
        known = leads.records[number].chinese
        truth = {number} | (leads.by_full_name[known.full] if known else set())
        _count(seen, leads, record, truth)
    for number in range(STRANGERS):
        stranger = lists.company(LEADS + number)
        record = normalise(lists.record(stranger, stranger.name, 0.5))
        if record.chinese is not None and record.chinese.full not in leads.by_full_name:
            _count(seen, leads, record, set())

    joins = seen["right join"] + seen["wrong join"]
    figures = {
        "found": (seen["right join"] + seen["suggested"]) / DUPLICATES,
        "shares a key": seen["blocked"] / DUPLICATES,
        "joined": seen["right join"] / DUPLICATES,
        "joins that are right": seen["right join"] / joins,
        "suggestions per lead": seen["suggestions"] / (DUPLICATES + STRANGERS),
    }
    print(figures)  # noqa: T201 - shown by pytest -s and on failure
    assert figures["joins that are right"] >= 0.998
    assert figures["shares a key"] >= 0.98
    assert figures["found"] >= 0.97
    assert figures["joined"] >= 0.65
    assert figures["suggestions per lead"] <= 0.5


def _count(seen: Counter[str], leads: Leads, record: NormalisedIdentity, truth: set[int]) -> None:
    candidates = leads.candidates(record)
    verdict = decide(
        record, [Candidate(str(lead), [leads.records[lead]]) for lead in candidates], context=leads.context
    )
    seen["blocked"] += bool(truth & candidates)
    seen["suggestions"] += len(verdict.suggestions)
    seen["suggested"] += any(int(match.lead_id) in truth for match in verdict.suggestions)
    if verdict.outcome is Outcome.JOIN and verdict.joined is not None:
        seen["right join" if int(verdict.joined.lead_id) in truth else "wrong join"] += 1


def test_short_names_of_listed_companies_lead_to_their_full_names(lists: NameLists) -> None:
    pairs = [(_company(short), _company(full)) for short, full in lists.listed]

    share_a_key = sum(bool(set(blocking_keys(short)) & set(blocking_keys(full))) for short, full in pairs) / len(pairs)
    unlike = sum(ReasonCode.NAME_UNLIKE in compare(short, full).codes for short, full in pairs) / len(pairs)

    assert share_a_key >= 0.93
    assert unlike <= 0.05


def _company(name: str) -> NormalisedIdentity:
    return normalise(Identity(company=name))
