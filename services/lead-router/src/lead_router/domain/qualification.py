"""Which leads count as qualified: all required documents are there, and nothing else counts (LR-14).

Adding somebody's WeChat 见人就加微信 earns nothing; an interview, a competitor brief and an ROI sheet do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from lead_router.domain.ids import FileId


class DocumentKind(StrEnum):
    INTERVIEW_MINUTES = "interview_minutes"
    """需求访谈纪要"""
    COMPETITOR_BRIEF = "competitor_brief"
    """竞品分析简报"""
    ROI_SHEET = "roi_sheet"
    """ROI测算表"""


ALL_DOCUMENTS = tuple(DocumentKind)
"""The default: three of three."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """The documents handed in so far, the newest file of each kind."""

    documents: Mapping[DocumentKind, FileId] = field(default_factory=dict)
    qualified_at: datetime | None = None
    """When the last required document came; stays when one is replaced later."""

    def missing(self, required: Sequence[DocumentKind] = ALL_DOCUMENTS) -> tuple[DocumentKind, ...]:
        return tuple(kind for kind in required if kind not in self.documents)

    def attach(
        self, kind: DocumentKind, file: FileId, at: datetime, required: Sequence[DocumentKind] = ALL_DOCUMENTS
    ) -> "Qualification":
        """With one more document, and qualified from `at` on where that was the last one missing."""
        attached = replace(self, documents={**self.documents, kind: file})
        if attached.qualified_at is None and not attached.missing(required):
            return replace(attached, qualified_at=at)
        return attached
