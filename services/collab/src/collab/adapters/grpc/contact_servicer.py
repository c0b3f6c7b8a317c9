"""ContactService: the people at customers."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.search_index import require_beginning
from collab.adapters.grpc import contact_mapping as mapping
from collab.application.find_contacts import ContactFinder
from collab.application.keep_contacts import ContactKeeper
from collab.domain.ids import ContactId, CustomerId
from matching.search_keys import beginning_of
from throughline.collab.v1 import contact_service_pb2 as pb
from throughline.collab.v1.contact_service_pb2_grpc import ContactServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class ContactServicer(ContactServiceServicer):
    """Parse, call, render."""

    def __init__(self, keep: ContactKeeper, find: ContactFinder, render: mapping.Render) -> None:
        self._keep = keep
        self._find = find
        self._render = render

    async def CreateContact(self, request: pb.CreateContactRequest, context: Context) -> pb.CreateContactResponse:
        kept = self._keep.create(mapping.create_contact(request))
        return await answered(kept, mapping.created(self._render))

    async def UpdateContact(self, request: pb.UpdateContactRequest, context: Context) -> pb.UpdateContactResponse:
        kept = self._keep.update(mapping.update_contact(request))
        return await answered(kept, mapping.updated(self._render))

    async def ArchiveContact(self, request: pb.ArchiveContactRequest, context: Context) -> pb.ArchiveContactResponse:
        kept = self._keep.archive(ContactId(request.contact_id.lower()), request.version)
        return await answered(kept, mapping.archived(self._render))

    async def ListContacts(self, request: pb.ListContactsRequest, context: Context) -> pb.ListContactsResponse:
        size = size_of(request)
        customer_id = CustomerId(request.customer_id.lower())
        found = await self._find.page(customer_id, cursor_of(request), size + 1, with_archived=request.with_archived)
        page = found.contacts[:size]
        token = token_after(request, key=(), id=page[-1].id) if len(found.contacts) > size else ""
        contacts = [self._render(contact, found.customer) for contact in page]
        return pb.ListContactsResponse(contacts=contacts, next_page_token=token)

    async def SearchContacts(self, request: pb.SearchContactsRequest, context: Context) -> pb.SearchContactsResponse:
        found = await self._find.search(require_beginning(beginning_of(request.query)), size_of(request, default=20))
        contacts = [
            pb.FoundContact(contact=self._render(contact, customer), customer_name=customer.profile.name)
            for contact, customer in found
        ]
        return pb.SearchContactsResponse(contacts=contacts)

    async def GetRelationshipGraph(
        self, request: pb.GetRelationshipGraphRequest, context: Context
    ) -> pb.GetRelationshipGraphResponse:
        graph = await self._find.graph(CustomerId(request.customer_id.lower()))
        return mapping.graph_message(graph, self._render)
