"""Ids of what the gateway owns: UUIDv7 in plain strings, by kind."""

from typing import NewType

WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)
ApiKeyId = NewType("ApiKeyId", str)
