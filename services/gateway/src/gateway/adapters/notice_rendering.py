"""Notices as clients get them: written out as JSON once, whoever and however many see them."""

from __future__ import annotations

from datetime import datetime

from gateway.domain.notice import SentNotice
from gateway.transcoding import json_text
from gateway.transcoding.json_mapper import JsonMapper
from throughline.common.v1.notice_pb2 import Notice


class NoticeRendering:
    """Turns messages into what is sent."""

    def __init__(self, mapper: JsonMapper) -> None:
        self._mapper = mapper

    def sent(self, notice_id: str, tenant_id: str, recorded_at: datetime, notice: Notice) -> SentNotice:
        """The notice, ready to be sent."""
        return SentNotice(
            id=notice_id,
            tenant_id=tenant_id,
            recorded_at=recorded_at,
            kind=notice.kind,
            person_ids=tuple(notice.person_ids),
            team_ids=tuple(notice.team_ids),
            data=json_text.dump(self._mapper.encode(notice)),
        )
