"""Ids of things that other services own, and of our own alarms."""

from typing import NewType

LeadId = NewType("LeadId", str)
SubmissionId = NewType("SubmissionId", str)
OpportunityId = NewType("OpportunityId", str)
CustomerId = NewType("CustomerId", str)
EventId = NewType("EventId", str)
ModelId = NewType("ModelId", str)
TrainingId = NewType("TrainingId", str)
AlarmId = NewType("AlarmId", str)
