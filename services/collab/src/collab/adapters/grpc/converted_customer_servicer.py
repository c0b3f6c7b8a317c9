"""ConvertedCustomerService: the part of the customer master in conversions of leads."""

import grpc

from chassis.idempotency import answered
from chassis.ids import PersonId
from collab.adapters.grpc.contact_mapping import contact_profile_of
from collab.adapters.grpc.customer_mapping import profile_of
from collab.application.convert_customer import (
    ConvertedCustomers,
    KeepConvertedContact,
    KeepConvertedCustomer,
    TakeBackConverted,
)
from collab.domain.ids import ContactId, CustomerId
from throughline.collab.v1 import converted_customer_service_pb2 as pb
from throughline.collab.v1.converted_customer_service_pb2_grpc import ConvertedCustomerServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class ConvertedCustomerServicer(ConvertedCustomerServiceServicer):
    """Parse, call, render."""

    def __init__(self, converted: ConvertedCustomers) -> None:
        self._converted = converted

    async def KeepConvertedCustomer(
        self, request: pb.KeepConvertedCustomerRequest, context: Context
    ) -> pb.KeepConvertedCustomerResponse:
        command = KeepConvertedCustomer(
            CustomerId(request.customer_id.lower()), profile_of(request.profile), PersonId(request.owner_id.lower())
        )
        return await answered(
            self._converted.keep_customer(command),
            lambda customer_id: pb.KeepConvertedCustomerResponse(customer_id=customer_id),
        )

    async def KeepConvertedContact(
        self, request: pb.KeepConvertedContactRequest, context: Context
    ) -> pb.KeepConvertedContactResponse:
        command = KeepConvertedContact(
            CustomerId(request.customer_id.lower()),
            ContactId(request.contact_id.lower()),
            contact_profile_of(request.profile),
        )
        return await answered(
            self._converted.keep_contact(command),
            lambda contact_id: pb.KeepConvertedContactResponse(contact_id=contact_id),
        )

    async def TakeBackConvertedCustomer(
        self, request: pb.TakeBackConvertedCustomerRequest, context: Context
    ) -> pb.TakeBackConvertedCustomerResponse:
        command = TakeBackConverted(
            CustomerId(request.customer_id.lower()),
            request.customer_version,
            ContactId(request.contact_id.lower()) if request.contact_id else None,
            request.only_look,
        )
        return await answered(
            self._converted.take_back(command), lambda added: pb.TakeBackConvertedCustomerResponse(added=added)
        )
