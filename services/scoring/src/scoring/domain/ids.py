"""Ids of things that other services own."""

from typing import NewType

LeadId = NewType("LeadId", str)
SubmissionId = NewType("SubmissionId", str)
OpportunityId = NewType("OpportunityId", str)
EventId = NewType("EventId", str)
ModelId = NewType("ModelId", str)
TrainingId = NewType("TrainingId", str)
