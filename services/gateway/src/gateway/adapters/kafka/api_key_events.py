"""What the gateway tells of API keys."""

from chassis.outbox import Outbox
from chassis.proto_values import timestamp_of
from gateway.domain.api_key import ApiKey
from throughline.common.v1.notice_pb2 import Notice
from throughline.gateway.v1.events_pb2 import ApiKeyChanged

API_KEY = "api_key"


def append_api_key_event(outbox: Outbox, key: ApiKey, change: str) -> None:
    """Tells of a change; the person as whom the key acts gets a notice, whoever made it."""
    version = 2 if key.revoked_at else 1
    message = ApiKeyChanged(
        api_key_id=key.id,
        person_id=key.person_id,
        permissions=key.permissions,
        expires_at=timestamp_of(key.expires_at),
        is_revoked=key.revoked_at is not None,
    )
    outbox.append(aggregate=API_KEY, aggregate_id=key.id, version=version, message=message)
    notice = Notice(
        kind=f"api_key.{change}", resource=f"api-keys/{key.id}", version=version, person_ids=[key.person_id]
    )
    outbox.notice(notice)
