"""Which fields a request means to change."""

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from chassis.errors import Invalid, Violation


def masked_fields(mask: FieldMask, message: Message) -> list[str]:
    """Names of the fields of `message` that are to change: those of the mask, or all that are filled where it is empty.

    Raises:
        Invalid: names every path that is no field.
    """
    if not mask.paths:
        return [field.name for field, _ in message.ListFields()]
    known = message.DESCRIPTOR.fields_by_name
    if unknown := [path for path in mask.paths if path not in known]:
        reason = "field_mask.unknown"
        raise Invalid([Violation("update_mask", reason, f"{path} is no field of the profile") for path in unknown])
    return list(dict.fromkeys(mask.paths))
