"""Ids of the router's things, as types of their own so that two cannot be swapped."""

from typing import NewType

LeadId = NewType("LeadId", str)
RepId = NewType("RepId", str)
"""Person id of a rep."""
PersonId = NewType("PersonId", str)
"""Any person of the directory: a rep, a supervisor, an administrator."""
GroupId = NewType("GroupId", str)
"""A fairness group: a team, or the readers of a pool."""
PoolId = NewType("PoolId", str)
DecisionId = NewType("DecisionId", str)
EntryId = NewType("EntryId", str)
"""One entry of the fairness ledger."""
CustomerId = NewType("CustomerId", str)
OpportunityId = NewType("OpportunityId", str)
FileId = NewType("FileId", str)
ImportId = NewType("ImportId", str)
DuplicateId = NewType("DuplicateId", str)
"""A pair of leads that may be one customer."""
