"""What counts as an effective follow-up 有效跟进, by type of customer: all criteria hold, or it is 伪跟进."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import FollowUpStandardId


class Criterion(StrEnum):
    """What an effective follow-up must have."""

    ACTION_ITEM = "action_item"
    """A next step with a day: 已约定3月15日演示方案."""
    NEW_DOCUMENT = "new_document"
    """A business document that came out of it and that no follow-up carried before."""
    DECISION_CHAIN = "decision_chain"
    """What is new in the decision chain."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a follow-up shows for itself."""

    has_action_item: bool
    new_document_kinds: Sequence[str]
    """Kinds of the files that are new."""
    has_decision_chain_update: bool


@dataclass(frozen=True, slots=True)
class FollowUpVerdict:
    """Whether a follow-up is effective, by the standard that held when it was recorded."""

    standard_id: FollowUpStandardId
    customer_type: str
    missing: tuple[Criterion, ...]

    @property
    def is_effective(self) -> bool:
        """Nothing is missing."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class FollowUpStandard:
    """One version for one type of customer."""

    id: FollowUpStandardId
    customer_type: str
    """Empty for the general one."""
    version: int
    """0 for a built-in one."""
    criteria: tuple[Criterion, ...]
    document_kinds: tuple[str, ...] = ()
    """Kinds of files that count as a business document; empty for any."""

    def judge(self, shown: Shown, *, customer_type: str) -> FollowUpVerdict:
        """Names every criterion that is not met, in the order of the standard."""
        missing = tuple(criterion for criterion in self.criteria if not self._holds(criterion, shown))
        return FollowUpVerdict(self.id, customer_type, missing)

    def _holds(self, criterion: Criterion, shown: Shown) -> bool:
        match criterion:
            case Criterion.ACTION_ITEM:
                return shown.has_action_item
            case Criterion.NEW_DOCUMENT:
                return any(not self.document_kinds or kind in self.document_kinds for kind in shown.new_document_kinds)
            case Criterion.DECISION_CHAIN:
                return shown.has_decision_chain_update


_ALL = tuple(Criterion)
_BUILT_IN = {
    "ka": FollowUpStandard(FollowUpStandardId("00000000-0000-7000-8000-000000000041"), "ka", 0, _ALL),
    "ka_chain": FollowUpStandard(FollowUpStandardId("00000000-0000-7000-8000-000000000042"), "ka_chain", 0, _ALL),
}
_GENERAL = FollowUpStandard(FollowUpStandardId("00000000-0000-7000-8000-000000000040"), "", 0, (Criterion.ACTION_ITEM,))


def built_in(customer_type: str) -> FollowUpStandard:
    """What holds where the tenant has published nothing: all three for key accounts 大客户, else an action item."""
    return _BUILT_IN.get(customer_type, _GENERAL)
