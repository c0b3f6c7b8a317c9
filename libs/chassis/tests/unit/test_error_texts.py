from __future__ import annotations

import re
from string import Formatter

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from chassis.error_texts import LOCALES, catalogue, text
from chassis.methods import descriptors


def reasons() -> dict[str, set[str]]:
    """Documented metadata keys by reason, from the comments in `errors.proto`."""
    files: FileDescriptorSet = descriptors()
    proto: FileDescriptorProto = next(f for f in files.file if f.name == "throughline/common/v1/errors.proto")
    comments = {tuple(place.path): place.leading_comments for place in proto.source_code_info.location}
    found = {}
    for number, value in enumerate(proto.enum_type[0].value):
        documented = comments[(5, 0, 2, number)]
        _, _, keys = documented.partition("Metadata:")
        found[value.name.removeprefix("ERROR_REASON_")] = set(re.findall(r"`(\w+)`", keys))
    del found["UNSPECIFIED"]
    return found


def test_every_reason_of_the_contracts_has_its_texts_and_no_text_is_without_reason() -> None:
    assert set(catalogue()) == set(reasons())


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_a_text_speaks_every_language_and_only_of_documented_metadata(reason: str) -> None:
    texts = catalogue()[reason]

    assert set(texts) == set(LOCALES)
    for sentence in texts.values():
        used = {name for _, name, _, _ in Formatter().parse(sentence) if name}
        assert used <= reasons()[reason]


def test_a_text_with_a_missing_key_shows_a_gap_rather_than_failing() -> None:
    assert text("REP_FULL", {"rep_id": "r1", "open": "3"}, "en") == "Rep r1 has no room: 3 of … leads open."


def test_an_unknown_reason_has_no_text() -> None:
    assert text("NO_SUCH_REASON", {}) == ""
