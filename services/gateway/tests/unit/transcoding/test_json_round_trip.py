"""Whatever message a service sends, its JSON reads back as that message."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor import Descriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.transcoding import json_text
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import JsonMapper

from ...every_kind import every_kind
from ...messages import messages

MAPPER = JsonMapper()
CONTRACTS = Contracts.load()


@pytest.mark.parametrize("descriptor", CONTRACTS.messages, ids=lambda descriptor: descriptor.full_name)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_message_of_every_contract_survives_the_round_trip(descriptor: Descriptor, data: st.DataObject) -> None:
    message = data.draw(messages(descriptor))

    text = json_text.dump(MAPPER.encode(message))

    assert MAPPER.decode(descriptor, json_text.parse(text)) == message


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_kind_of_field_survives_the_round_trip(data: st.DataObject) -> None:
    message = data.draw(messages(every_kind(), depth=2))

    text = json_text.dump(MAPPER.encode(message))

    assert MAPPER.decode(every_kind(), json_text.parse(text)) == message
