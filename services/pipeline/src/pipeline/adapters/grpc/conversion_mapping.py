"""Requests about conversions to commands, conversions to messages."""

from chassis.errors import Invalid, Violation
from chassis.proto_values import number_of, timestamp_of, word_of
from pipeline.adapters.grpc.opportunity_mapping import amount_of, day_of, title_of
from pipeline.application.conversion_ports import ConversionFilter
from pipeline.application.convert_lead import ConvertLead
from pipeline.application.find_conversions import FoundConversion
from pipeline.application.undo_conversion import UndoConversion
from pipeline.domain.conversion import Conversion, Sale
from pipeline.domain.ids import ConversionId, CustomerId, LeadId
from throughline.pipeline.v1 import conversion_service_pb2 as pb


def convert_lead(request: pb.ConvertLeadRequest, currency: str) -> ConvertLead:
    """The command that a request asks for; `currency` is the tenant's.

    Raises:
        Invalid: names every value that cannot be.
    """
    faults: list[Violation] = []
    command = ConvertLead(
        lead_id=LeadId(request.lead_id.lower()),
        customer_id=CustomerId(request.customer_id.lower()) if request.customer_id else None,
        is_new_customer=request.new_customer,
        customer_name=request.customer_name.strip(),
        sale=Sale(
            product_line=request.product_line.strip(),
            title=title_of(request.title, faults),
            amount=amount_of(request.amount, currency, faults) if request.HasField("amount") else None,
            expected_close_date=day_of(request.expected_close_date, faults),
        ),
        keeps_product_line=not request.HasField("product_line"),
    )
    if faults:
        raise Invalid(faults)
    return command


def undo_conversion(request: pb.UndoConversionRequest) -> UndoConversion:
    """The command that a request asks for."""
    return UndoConversion(ConversionId(request.conversion_id.lower()), request.version, request.reason.strip())


def conversion_filter(request: pb.ListConversionsRequest) -> ConversionFilter:
    """The filter that a request asks for."""
    return ConversionFilter(request.lead_id, request.customer_id, word_of(pb.ConversionState, request.state))


def found_message(found: FoundConversion) -> pb.Conversion:
    """A conversion as callers see it, with what keeps it from coming to rest."""
    message, process = conversion_message(found.conversion), found.process
    message.attempts, message.last_fault = process.attempts, process.fault
    if process.next_try_at is not None:
        message.next_try_at.CopyFrom(timestamp_of(process.next_try_at))
    return message


def conversion_message(conversion: Conversion) -> pb.Conversion:
    """A conversion as callers see it."""
    failure = conversion.failure
    return pb.Conversion(
        conversion_id=conversion.id,
        version=conversion.version,
        lead_id=conversion.lead_id,
        state=number_of(pb.ConversionState, conversion.state.value),
        steps=[
            pb.ConversionStepStanding(
                step=number_of(pb.ConversionStep, step.value),
                state=number_of(pb.ConversionStepState, standing.state.value),
                at=timestamp_of(standing.at) if standing.at else None,
            )
            for step, standing in conversion.steps.items()
        ],
        customer_id=conversion.customer_id,
        is_new_customer=conversion.is_new_customer,
        contact_id=conversion.contact_id or "",
        is_new_contact=conversion.is_new_contact,
        opportunity_id=conversion.opportunity_id,
        owner_id=conversion.owner_id,
        team_id=conversion.team_id or "",
        requested_by=conversion.requested_by,
        undone_by=conversion.undone_by,
        failure_reason=failure.reason if failure else "",
        failed_step=number_of(pb.ConversionStep, failure.step.value if failure else ""),
        added=conversion.added,
        created_at=timestamp_of(conversion.created_at),
        changed_at=timestamp_of(conversion.changed_at),
    )
