"""CustomerService: the customer master."""

from collections.abc import Sequence

import grpc
from google.protobuf.message import Message

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of
from chassis.search_index import require_beginning
from collab.adapters.grpc import customer_mapping as mapping
from collab.application.create_customer import CreateCustomerHandler
from collab.application.customer_ports import CustomerFilter
from collab.application.customer_settings import CustomerSettingsKeeper
from collab.application.find_customers import CustomerFinder
from collab.application.match_customers import FindCustomerMatchesHandler
from collab.application.move_customer import CustomerMover
from collab.application.update_customer import UpdateCustomerHandler
from collab.domain.customer import Customer
from collab.domain.ids import CustomerId
from collab.domain.names import sort_key
from matching.search_keys import beginning_of
from throughline.collab.v1 import customer_service_pb2 as pb
from throughline.collab.v1.customer_service_pb2_grpc import CustomerServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_FOUND_AT_ONCE = 20


class CustomerServicer(CustomerServiceServicer):
    """Parse, call, render."""

    def __init__(
        self,
        create: CreateCustomerHandler,
        update: UpdateCustomerHandler,
        move: CustomerMover,
        find: CustomerFinder,
        *,
        find_matches: FindCustomerMatchesHandler,
        settings: CustomerSettingsKeeper,
    ) -> None:
        self._create = create
        self._update = update
        self._move = move
        self._find = find
        self._find_matches = find_matches
        self._settings = settings

    async def CreateCustomer(self, request: pb.CreateCustomerRequest, context: Context) -> pb.CreateCustomerResponse:
        return await answered(self._create(mapping.create_customer(request)), mapping.created)

    async def GetCustomer(self, request: pb.GetCustomerRequest, context: Context) -> pb.GetCustomerResponse:
        as_of = moment_of(request.as_of) if request.HasField("as_of") else None
        found = await self._find.get(CustomerId(request.customer_id.lower()), as_of)
        return pb.GetCustomerResponse(customer=mapping.customer_message(found.customer), survivor_id=found.survivor_id)

    async def BatchGetCustomers(
        self, request: pb.BatchGetCustomersRequest, context: Context
    ) -> pb.BatchGetCustomersResponse:
        customers = await self._find.get_many([CustomerId(each.lower()) for each in request.customer_ids])
        return pb.BatchGetCustomersResponse(customers=[mapping.customer_message(each) for each in customers])

    async def ListCustomers(self, request: pb.ListCustomersRequest, context: Context) -> pb.ListCustomersResponse:
        page, token = await self._page(request, mapping.customer_filter(request), size_of(request))
        customers = [mapping.customer_message(customer) for customer in page]
        return pb.ListCustomersResponse(customers=customers, next_page_token=token)

    async def SearchCustomers(self, request: pb.SearchCustomersRequest, context: Context) -> pb.SearchCustomersResponse:
        beginning = require_beginning(beginning_of(request.query))
        wanted = CustomerFilter(is_archived=None if request.with_archived else False, search=beginning)
        page, token = await self._page(request, wanted, size_of(request, default=_FOUND_AT_ONCE))
        customers = [mapping.customer_message(customer) for customer in page]
        return pb.SearchCustomersResponse(customers=customers, next_page_token=token)

    async def UpdateCustomer(self, request: pb.UpdateCustomerRequest, context: Context) -> pb.UpdateCustomerResponse:
        return await answered(self._update(mapping.update_customer(request)), mapping.updated)

    async def AssignCustomer(self, request: pb.AssignCustomerRequest, context: Context) -> pb.AssignCustomerResponse:
        return await answered(self._move.assign(mapping.assign_customer(request)), mapping.assigned)

    async def ArchiveCustomer(self, request: pb.ArchiveCustomerRequest, context: Context) -> pb.ArchiveCustomerResponse:
        move = self._move.archive(CustomerId(request.customer_id.lower()), request.version)
        return await answered(move, mapping.archived)

    async def RestoreCustomer(self, request: pb.RestoreCustomerRequest, context: Context) -> pb.RestoreCustomerResponse:
        move = self._move.restore(CustomerId(request.customer_id.lower()), request.version)
        return await answered(move, mapping.restored)

    async def FindCustomerMatches(
        self, request: pb.FindCustomerMatchesRequest, context: Context
    ) -> pb.FindCustomerMatchesResponse:
        return mapping.verdict_message(await self._find_matches(mapping.record_to_match(request)))

    async def ListCustomerChanges(
        self, request: pb.ListCustomerChangesRequest, context: Context
    ) -> pb.ListCustomerChangesResponse:
        size, after = size_of(request), cursor_of(request)
        customer_id = CustomerId(request.customer_id.lower())
        found = await self._find.changes(customer_id, after.number() if after else None, size + 1)
        page = found[:size]
        token = ""
        if len(found) > size:
            token = token_after(request, key=(str(page[-1].version.customer.version),), id=customer_id)
        changes = [mapping.change_message(change) for change in page]
        return pb.ListCustomerChangesResponse(changes=changes, next_page_token=token)

    async def GetCompleteness(self, request: pb.GetCompletenessRequest, context: Context) -> pb.GetCompletenessResponse:
        return mapping.completeness_message(await self._find.completeness(mapping.completeness_group(request)))

    async def GetCustomerSettings(
        self, request: pb.GetCustomerSettingsRequest, context: Context
    ) -> pb.GetCustomerSettingsResponse:
        return pb.GetCustomerSettingsResponse(settings=mapping.settings_message(await self._settings.get()))

    async def PutCustomerSettings(
        self, request: pb.PutCustomerSettingsRequest, context: Context
    ) -> pb.PutCustomerSettingsResponse:
        return await answered(self._settings.put(mapping.put_settings(request)), mapping.settings_put)

    async def _page(self, request: Message, wanted: CustomerFilter, size: int) -> tuple[Sequence[Customer], str]:
        """One page in the order of sound, and the token of the next."""
        found = await self._find.page(wanted, cursor_of(request), size + 1)
        page = found[:size]
        if len(found) <= size:
            return page, ""
        last = page[-1]
        return page, token_after(request, key=(sort_key(last.profile.name),), id=last.id)
