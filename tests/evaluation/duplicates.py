"""How well the router tells duplicates on public company names: `make evaluate`, with THROUGHLINE_DATA naming the data.

Names of `zh-company-names` are retyped as people do it (homophones, dropped and swapped characters, short forms,
another script, brackets, another legal form) and come in again, with the contact of the first or a colleague's.
Keys and limits are the router's: joins look at strong keys alone, suggestions at all, the newest 50 leads of a key, the
100 leads with most keys in common.
"""

import os
import runpy
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from lead_router.adapters.postgres.lead_duplicates import MOST_CANDIDATES, MOST_PER_KEY
from matching.decision import Candidate, Outcome, decide
from matching.identity import NormalisedIdentity, normalise
from matching.keys import Key, blocking_keys, strong_keys

_RETYPED = Path(__file__).parents[2] / "libs" / "matching" / "tests" / "perturbed_names.py"
SEEDS = range(3)
LEADS, DUPLICATES, STRANGERS = 5_000, 1_000, 1_000
LEAST_FOUND, LEAST_RIGHT = 0.98, 0.998


def main() -> int:
    """Prints the figures; 1 where a bar is missed."""
    folder = os.environ.get("THROUGHLINE_DATA")
    if not folder:
        sys.stdout.write("evaluate: set THROUGHLINE_DATA to the folder that holds zh-company-names\n")
        return 2
    name_lists: Any = runpy.run_path(str(_RETYPED))["NameLists"]
    sys.stdout.write(f"zh-company-names: {LEADS} leads, {DUPLICATES} retyped, {STRANGERS} strangers, each seed\n")
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        seen += _judged(name_lists(Path(folder) / "zh-company-names", Random(seed)))
    joins = seen["right join"] + seen["wrong join"]
    found = (seen["right join"] + seen["suggested"]) / seen["duplicates"]
    right = seen["right join"] / joins if joins else 0.0
    sys.stdout.write(
        f"  found {found:.3f}, joined {seen['right join'] / seen['duplicates']:.3f},"
        f" joins that are right {right:.4f},"
        f" of strangers suspected {seen['stranger suspected'] / seen['strangers']:.3f},"
        f" suggestions per lead {seen['suggestions'] / (seen['duplicates'] + seen['strangers']):.2f}\n"
    )
    is_good = found >= LEAST_FOUND and right >= LEAST_RIGHT
    bars = f"found >= {LEAST_FOUND}, joins that are right >= {LEAST_RIGHT}"
    sys.stdout.write(f"bars: {bars}: {'met' if is_good else 'MISSED'}\n")
    return 0 if is_good else 1


class _Register:
    """Leads by key, as the router keeps them."""

    def __init__(self, records: Sequence[NormalisedIdentity]) -> None:
        self.records = records
        self.by_key: dict[int, list[int]] = defaultdict(list)
        self.by_name: dict[str, set[int]] = defaultdict(set)
        for lead, record in enumerate(records):
            for key in blocking_keys(record):
                self.by_key[key.number].append(lead)
            if record.chinese is not None:
                self.by_name[record.chinese.full].add(lead)

    def candidates(self, keys: Iterable[Key]) -> list[Candidate]:
        """The leads with most keys in common, the newest of a key."""
        shared = Counter(lead for key in keys for lead in self.by_key[key.number][-MOST_PER_KEY:])
        nearest = sorted(shared, key=lambda lead: (-shared[lead], -lead))[:MOST_CANDIDATES]
        return [Candidate(str(lead), [self.records[lead]]) for lead in nearest]


def _judged(lists: Any) -> Counter[str]:
    companies = [lists.company(number) for number in range(LEADS)]
    register = _Register([normalise(lists.record(company, company.name, 0.9)) for company in companies])
    seen: Counter[str] = Counter()
    for _ in range(DUPLICATES):
        number = lists.random.randrange(LEADS)
        record = normalise(lists.record(companies[number], lists.retyped(companies[number]), 0.6))
        known = register.records[number].chinese
        seen["duplicates"] += 1
        _count(seen, register, record, {number} | (register.by_name[known.full] if known else set()))
    for number in range(STRANGERS):
        company = lists.company(LEADS + number)
        stranger = normalise(lists.record(company, company.name, 0.5))
        if stranger.chinese is not None and stranger.chinese.full not in register.by_name:
            seen["strangers"] += 1
            _count(seen, register, stranger, set())
    return seen


def _count(seen: Counter[str], register: _Register, record: NormalisedIdentity, truth: set[int]) -> None:
    first = decide(record, register.candidates(strong_keys(record)))
    if first.outcome is Outcome.JOIN and first.joined is not None:
        seen["right join" if int(first.joined.lead_id) in truth else "wrong join"] += 1
        return
    later = decide(record, register.candidates(blocking_keys(record)))
    suspected = [later.joined] if later.joined else list(later.suggestions)
    seen["suggestions"] += len(suspected)
    seen["suggested"] += any(int(match.lead_id) in truth for match in suspected)
    seen["stranger suspected"] += not truth and bool(suspected)


if __name__ == "__main__":
    sys.exit(main())
