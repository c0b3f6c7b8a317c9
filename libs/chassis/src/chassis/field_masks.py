"""Which fields a request means to change."""

from collections.abc import Collection

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from chassis.errors import Invalid, Violation


def masked_fields(mask: FieldMask, message: Message, *, among: Collection[str] | None = None) -> list[str]:
    """Names of the fields of `message` that are to change: those of the mask, or all that are filled where it is empty.

    Args:
        mask: as it was sent. Fields are changed as a whole: a path into one is none.
        message: which carries the new values.
        among: fields that can be changed; None for all of the message.

    Raises:
        Invalid: names every path that cannot be changed.
    """
    changeable = among if among is not None else message.DESCRIPTOR.fields_by_name
    if not mask.paths:
        return [field.name for field, _ in message.ListFields() if field.name in changeable]
    if unknown := [path for path in mask.paths if path not in changeable]:
        reason = "field_mask.unknown"
        raise Invalid([Violation("update_mask", reason, f"{path} is no field that can be changed") for path in unknown])
    return list(dict.fromkeys(mask.paths))
