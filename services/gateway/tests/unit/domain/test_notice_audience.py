"""Who sees a notice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.domain.notice import SentNotice
from gateway.domain.notice_audience import Viewer


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        (Viewer("p1", frozenset({"rep"}), frozenset()), True),
        (Viewer("p2", frozenset({"rep"}), frozenset()), False),
        (Viewer("p3", frozenset({"supervisor"}), frozenset({"t1", "t2"})), True),
        (Viewer("p3", frozenset({"supervisor"}), frozenset({"t2"})), False),
        (Viewer("p4", frozenset({"director"}), frozenset()), True),
        (Viewer("p5", frozenset({"admin"}), frozenset()), True),
    ],
)
def test_a_notice_is_for_those_it_names_their_supervisors_and_those_who_see_all(viewer: Viewer, sees: bool) -> None:
    notice = SentNotice("n1", "t", datetime(2026, 3, 10, tzinfo=UTC), "lead.assigned", ("p1",), ("t1",), b"{}")

    assert viewer.sees(notice) is sees
