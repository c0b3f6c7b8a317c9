"""Waiting for what the suite does in the background."""

from __future__ import annotations

import pytest

from throughline_cli.demo.ending import NotEnded, ended


def test_the_first_look_at_which_it_has_ended_is_given() -> None:
    looks = iter(["QUEUED", "RUNNING", "SUCCEEDED", "LATER"])

    found = ended(lambda: next(looks), lambda state: state == "SUCCEEDED", what="training", sleep=lambda _: None)

    assert found == "SUCCEEDED"


def test_what_never_ends_is_named() -> None:
    with pytest.raises(NotEnded) as caught:
        ended(lambda: 0, bool, what="minutes.pdf", patience_s=0.0, sleep=lambda _: None)

    assert caught.value.values == {"what": "minutes.pdf", "patience_s": "0"}
