"""Merges of customers: requests to commands, results to messages."""

from collections.abc import Iterable
from dataclasses import dataclass

from chassis.errors import Invalid, Violation
from chassis.proto_values import timestamp_of, word_of
from collab.adapters.grpc.customer_mapping import customer_message
from collab.application.merge_customers import MergeCustomers, MergedCustomers, MergePreview
from collab.application.unmerge_customers import UnmergedCustomers
from collab.domain.customer_merge import CustomerMerge, Side
from collab.domain.ids import CustomerId
from throughline.collab.v1 import customer_merge_service_pb2 as pb


@dataclass(frozen=True, slots=True)
class PreviewAsked:
    """Which two customers, and what is chosen."""

    survivor_id: CustomerId
    merged_id: CustomerId
    choices: dict[str, Side]


def preview_asked(request: pb.PreviewMergeRequest) -> PreviewAsked:
    """What a request asks for.

    Raises:
        Invalid: a field is chosen twice.
    """
    return PreviewAsked(
        CustomerId(request.survivor_id.lower()), CustomerId(request.merged_id.lower()), _choices(request.choices)
    )


def merge_customers(request: pb.MergeCustomersRequest) -> MergeCustomers:
    """The command that a request asks for.

    Raises:
        Invalid: a field is chosen twice.
    """
    return MergeCustomers(
        CustomerId(request.survivor_id.lower()),
        request.version,
        CustomerId(request.merged_id.lower()),
        request.merged_version,
        _choices(request.choices),
        request.reason,
    )


def preview_message(preview: MergePreview) -> pb.PreviewMergeResponse:
    """What a merge would make of two customers."""
    return pb.PreviewMergeResponse(
        survivor=customer_message(preview.survivor),
        merged_version=preview.merged.version,
        fields=[
            pb.FieldComparison(field=each.field, survivor=each.survivor, merged=each.merged, result=each.result)
            for each in preview.comparisons
        ],
        contact_ids=[contact.id for contact in preview.moving],
        warnings=preview.warnings,
    )


def merged(result: MergedCustomers) -> pb.MergeCustomersResponse:
    """The answer to a merge."""
    return pb.MergeCustomersResponse(merge=merge_message(result.merge), survivor=customer_message(result.survivor))


def unmerged(result: UnmergedCustomers) -> pb.UnmergeCustomersResponse:
    """The answer to a merge that was taken back."""
    return pb.UnmergeCustomersResponse(
        merge=merge_message(result.merge),
        survivor=customer_message(result.survivor),
        unmerged=customer_message(result.unmerged),
    )


def merge_message(merge: CustomerMerge) -> pb.CustomerMerge:
    """A merge as callers see it."""
    return pb.CustomerMerge(
        merge_id=merge.id,
        survivor_id=merge.survivor_id,
        merged_id=merge.merged_id,
        reason=merge.reason,
        merged_by=merge.merged_by,
        merged_at=timestamp_of(merge.merged_at),
        fields=merge.fields,
        undone_at=timestamp_of(merge.undone_at) if merge.undone_at else None,
        undone_by=merge.undone_by,
        undo_reason=merge.undo_reason,
    )


def _choices(messages: Iterable[pb.FieldChoice]) -> dict[str, Side]:
    chosen: dict[str, Side] = {}
    faults = []
    for place, message in enumerate(messages):
        side = word_of(pb.MergeSide, message.side)
        if message.field in chosen:
            faults.append(Violation(f"choices[{place}].field", "repeated", f"{message.field} is chosen twice"))
        elif side:
            chosen[message.field] = Side(side)
    if faults:
        raise Invalid(faults)
    return chosen
