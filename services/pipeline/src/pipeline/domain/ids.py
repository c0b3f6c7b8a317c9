"""Ids of the action flow."""

from typing import NewType

FollowUpId = NewType("FollowUpId", str)
LeadId = NewType("LeadId", str)
CustomerId = NewType("CustomerId", str)
OpportunityId = NewType("OpportunityId", str)
ConversionId = NewType("ConversionId", str)
ContactId = NewType("ContactId", str)
StageModelId = NewType("StageModelId", str)
FollowUpStandardId = NewType("FollowUpStandardId", str)
