"""Prints what preparing and comparing one record costs: `.venv/bin/python tests/load/bench_matching.py`.

The lowest of many short runs is shown, since on a machine with other work the mean says more about the others.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from load.measuring.figures import Figure, Options, Report
from load.measuring.figures import main as run
from matching.chinese_name import parse_chinese
from matching.context import Counts
from matching.decision import Candidate, decide
from matching.identity import Identity, NormalisedIdentity, normalise
from matching.keys import blocking_keys, buckets, lock_keys
from matching.scoring import compare

RUNS, CALLS = 200, 200
CANDIDATES = 100

RAW = Identity(
    company="深圳市恒昌信息技术有限公司",
    person="张伟",
    phones=("139-0000-1234",),
    email="zhang@hengchang.cn",
    city="深圳",
    source="form",
    external_id="A-1",
)
SAME_IN_OTHER_WORDS = Identity(company="恒昌信息科技", person="张总", phones=("+86 13900001234",), city="广东深圳")
STRANGER = Identity(company="上海明达贸易有限公司", person="王芳", phones=("021-33334444",), city="上海")
CONTEXT = Counts(brands={"恒昌": 4, "明达": 9}, persons={"张伟": 12})


def measure(_options: Options) -> Report:
    """Each step of matching, beside the comparison of a record with itself."""
    record, same, stranger = normalise(RAW), normalise(SAME_IN_OTHER_WORDS), normalise(STRANGER)
    stored = record.to_dict()
    candidates = [Candidate(str(number), [same if number % 10 == 0 else stranger]) for number in range(CANDIDATES)]
    measured: list[tuple[str, Callable[[], object]]] = [
        ("parse a Chinese company name", lambda: parse_chinese("深圳市恒昌信息技术有限公司")),
        ("normalise a full record", lambda: normalise(RAW)),
        ("normalise source and external id only", lambda: normalise(Identity(source="form", external_id="A-1"))),
        (
            f"keys of a record, hashed ({len(blocking_keys(record))})",
            lambda: [key.number for key in blocking_keys(record)],
        ),
        ("locks of a record", lambda: buckets(lock_keys(record), "tenant")),
        ("read a stored record", lambda: NormalisedIdentity.from_dict(stored)),
        ("compare with itself", lambda: compare(record, record, context=CONTEXT)),
        ("compare with a duplicate", lambda: compare(record, same, context=CONTEXT)),
        ("compare with a stranger", lambda: compare(record, stranger, context=CONTEXT)),
        (f"decide over {CANDIDATES} leads, for each", lambda: decide(record, candidates, context=CONTEXT)),
    ]
    took_us = {}
    for name, call in measured:
        share = CANDIDATES if name.startswith("decide") else 1
        calls = CALLS // share or 1
        took_us[name] = min(timeit.repeat(call, number=calls, repeat=RUNS)) / calls / share * 1e6
    return Report(
        "matching one record, elapsed time of the quickest run", [Figure(n, us, "µs") for n, us in took_us.items()]
    )


if __name__ == "__main__":
    sys.exit(run(measure))
