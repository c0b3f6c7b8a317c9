"""Things that are done in one place only, over the source of the whole workspace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
SOURCES = sorted(
    path
    for pattern in ("libs/*/src/**/*.py", "services/*/src/**/*.py")
    for path in ROOT.glob(pattern)
    if "libs/contracts/" not in path.as_posix()
)


@pytest.mark.parametrize(
    ("what", "pattern", "places"),
    [
        # The second is a supervisor's probe: a channel for each question, which must neither wait nor retry.
        ("channels are made", r"\b(?:in)?secure_channel\(", {"chassis/channels.py", "embedded/readiness.py"}),
        ("servers are made", r"\bgrpc\.aio\.server\(", {"chassis/grpc_server.py"}),
        ("tokens are verified", r"\bjwt\.decode\(", {"chassis/identity.py"}),
        ("Cedar is asked", r"\bcedarpy\.is_authorized", {"chassis/authorization.py"}),
        (
            "metrics get names of their own",
            r"create_(?:histogram|counter|up_down_counter|observable_\w+)\(",
            {"chassis/telemetry.py"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_there_is_one_place_where(what: str, pattern: str, places: set[str]) -> None:
    found = {path for path in SOURCES if re.search(pattern, path.read_text(encoding="utf-8"))}

    assert {f"{path.parent.name}/{path.name}" for path in found} == places, f"elsewhere {what}"
