"""Ids of what people are told and of what it is about, of customers and of the people there."""

from typing import NewType

NotificationId = NewType("NotificationId", str)
LeadId = NewType("LeadId", str)
EventId = NewType("EventId", str)
CustomerId = NewType("CustomerId", str)
ContactId = NewType("ContactId", str)
MergeId = NewType("MergeId", str)
TaskId = NewType("TaskId", str)
OpportunityId = NewType("OpportunityId", str)
