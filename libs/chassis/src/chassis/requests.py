"""Idempotency keys of requests, and the hash by which a reused key is told from a repeat."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from google.protobuf.message import Message

from chassis.context import RequestContext, current

KEY_FIELD = "request_id"


def key_of(message: Message) -> str:
    """The idempotency key in a request; empty where it has none."""
    return str(getattr(message, KEY_FIELD)) if KEY_FIELD in message.DESCRIPTOR.fields_by_name else ""


def hash_of(message: Message) -> bytes:
    """SHA-256 of a request without its key. Equal requests of one version of the contracts have equal hashes."""
    if not key_of(message):
        return hashlib.sha256(message.SerializeToString(deterministic=True)).digest()
    bare = type(message)()
    bare.CopyFrom(message)
    bare.ClearField(KEY_FIELD)
    return hashlib.sha256(bare.SerializeToString(deterministic=True)).digest()


def keyed_context(message: Message) -> RequestContext:
    """The running request's context under the key of one message of a client stream."""
    return replace(current(), request_id=key_of(message), request_hash=hash_of(message))
