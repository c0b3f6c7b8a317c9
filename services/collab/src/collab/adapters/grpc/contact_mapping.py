"""Contacts: requests to commands, results to messages, masked for those who may not see personal data."""

from collections.abc import Callable
from dataclasses import replace

from chassis.authorization import Authorizer
from chassis.field_masks import masked_fields
from chassis.masking import masked_email, masked_name, masked_phone
from chassis.proto_values import number_of, timestamp_of, word_of
from collab.application.customer_access import resource_of
from collab.application.find_contacts import RelationshipGraph
from collab.application.keep_contacts import CreateContact, KeptContact, UpdateContact
from collab.domain.contact import Attitude, Contact, ContactProfile, DecisionRole
from collab.domain.customer import Customer
from collab.domain.ids import ContactId, CustomerId
from throughline.collab.v1 import contact_service_pb2 as pb
from throughline.collab.v1 import customer_pb2

Render = Callable[[Contact, Customer], customer_pb2.Contact]
"""A contact of the customer as the caller sees it."""


def create_contact(request: pb.CreateContactRequest) -> CreateContact:
    """The command that a request asks for."""
    return CreateContact(CustomerId(request.customer_id.lower()), contact_profile_of(request.profile))


def update_contact(request: pb.UpdateContactRequest) -> UpdateContact:
    """The command that a request asks for.

    Raises:
        Invalid: the mask names what is no field.
    """
    names, asked = masked_fields(request.update_mask, request.profile), contact_profile_of(request.profile)

    def edit(present: ContactProfile) -> ContactProfile:
        return replace(present, **{name: getattr(asked, name) for name in names})

    return UpdateContact(ContactId(request.contact_id.lower()), request.version, edit)


def contact_rendering(authorizer: Authorizer) -> Render:
    """Renders contacts for the running request's caller."""

    def render(contact: Contact, customer: Customer) -> customer_pb2.Contact:
        shows_contact = authorizer.may_see_contact_data(resource_of(customer))
        return _contact_message(contact, shows_contact=shows_contact)

    return render


def created(render: Render) -> Callable[[KeptContact], pb.CreateContactResponse]:
    """Renders the answer to a creation."""
    return lambda kept: pb.CreateContactResponse(
        contact=render(kept.contact, kept.customer), customer_version=kept.customer.version
    )


def updated(render: Render) -> Callable[[KeptContact], pb.UpdateContactResponse]:
    """Renders the answer to a change."""
    return lambda kept: pb.UpdateContactResponse(
        contact=render(kept.contact, kept.customer), customer_version=kept.customer.version
    )


def archived(render: Render) -> Callable[[KeptContact], pb.ArchiveContactResponse]:
    """Renders the answer to an archiving."""
    return lambda kept: pb.ArchiveContactResponse(
        contact=render(kept.contact, kept.customer), customer_version=kept.customer.version
    )


def graph_message(graph: RelationshipGraph, render: Render) -> pb.GetRelationshipGraphResponse:
    """Who is who at a customer."""
    return pb.GetRelationshipGraphResponse(
        nodes=[render(contact, graph.customer) for contact in graph.contacts],
        edges=[pb.RelationshipEdge(contact_id=below, reports_to=above) for below, above in graph.lines],
        unfilled_roles=[number_of(customer_pb2.DecisionRole, role.value) for role in graph.unfilled],
    )


def contact_profile_of(message: customer_pb2.ContactProfile) -> ContactProfile:
    """The profile that a message states."""
    role = word_of(customer_pb2.DecisionRole, message.decision_role)
    attitude = word_of(customer_pb2.Attitude, message.attitude)
    return ContactProfile(
        name=message.name,
        post=message.post,
        department=message.department,
        decision_role=DecisionRole(role) if role else None,
        phone=message.phone,
        email=message.email,
        attitude=Attitude(attitude) if attitude else None,
        reports_to=ContactId(message.reports_to.lower()) if message.reports_to else None,
    )


def _contact_message(contact: Contact, *, shows_contact: bool) -> customer_pb2.Contact:
    profile = contact.profile
    return customer_pb2.Contact(
        contact_id=contact.id,
        version=contact.version,
        customer_id=contact.customer_id,
        profile=customer_pb2.ContactProfile(
            name=profile.name if shows_contact else masked_name(profile.name),
            post=profile.post,
            department=profile.department,
            decision_role=number_of(
                customer_pb2.DecisionRole, profile.decision_role.value if profile.decision_role else ""
            ),
            phone=profile.phone if shows_contact else masked_phone(profile.phone),
            email=profile.email if shows_contact else masked_email(profile.email),
            attitude=number_of(customer_pb2.Attitude, profile.attitude.value if profile.attitude else ""),
            reports_to=profile.reports_to or "",
        ),
        is_archived=contact.is_archived,
        created_at=timestamp_of(contact.created_at),
        updated_at=timestamp_of(contact.updated_at),
        origin_customer_id=contact.made_at,
    )
