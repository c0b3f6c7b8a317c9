"""Ids of what people are told, and of what it is about."""

from typing import NewType

NotificationId = NewType("NotificationId", str)
LeadId = NewType("LeadId", str)
EventId = NewType("EventId", str)
