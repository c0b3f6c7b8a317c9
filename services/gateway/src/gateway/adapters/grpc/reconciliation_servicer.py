"""ReconciliationService: the records of each service against their copies in the others."""

from __future__ import annotations

import grpc

from chassis.context import current
from chassis.proto_values import number_of, word_of
from gateway.application.reconcile import Reconciler
from gateway.domain.reconciliation import Code, Difference, Finding, Remedy
from throughline.gateway.v1 import reconciliation_service_pb2 as pb
from throughline.gateway.v1.reconciliation_service_pb2_grpc import ReconciliationServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_EXAMPLES = 10


class ReconciliationServicer(ReconciliationServiceServicer):
    """Parse, call, render."""

    def __init__(self, reconcile: Reconciler) -> None:
        self._reconcile = reconcile

    async def Reconcile(self, request: pb.ReconcileRequest, context: Context) -> pb.ReconcileResponse:
        codes = [Code(word_of(pb.ReconciliationCheckCode, code)) for code in request.codes]
        found = await self._reconcile(current().tenant_id, codes, request.examples or _EXAMPLES)
        return pb.ReconcileResponse(
            checks=[_check(finding) for finding in found],
            differences=sum(finding.differences for finding in found),
            unanswered=sum(1 for finding in found if finding.unanswered),
        )


def _check(finding: Finding) -> pb.ReconciliationCheck:
    check = finding.check
    return pb.ReconciliationCheck(
        code=number_of(pb.ReconciliationCheckCode, check.code),
        owner=check.owner.service,
        copy=check.copy.service,
        owner_records=finding.owner_records,
        copy_records=finding.copy_records,
        differences=finding.differences,
        has_more=finding.has_more,
        examples=[_example(difference) for difference in finding.examples],
        remedies=[_remedy(remedy) for remedy in finding.remedies],
        unanswered=finding.unanswered,
    )


def _example(difference: Difference) -> pb.RecordDifference:
    return pb.RecordDifference(
        tenant_id=difference.tenant_id,
        record_id=difference.record_id,
        kind=number_of(pb.RecordDifferenceKind, difference.kind),
        facts=difference.facts,
        is_parked=difference.is_parked,
    )


def _remedy(remedy: Remedy) -> pb.ReconciliationRemedy:
    return pb.ReconciliationRemedy(
        kind=number_of(pb.ReconciliationRemedyKind, remedy.kind),
        service=remedy.service,
        consumer=remedy.consumer,
        aggregate=remedy.aggregate,
    )
