"""Facts of the customer master as the messages that leave: facts of legal units, of people only ids."""

from google.protobuf.message import Message

from chassis.proto_values import number_of
from collab.domain.contact import Contact
from collab.domain.customer import Customer
from collab.domain.customer_events import (
    CustomerArchived,
    CustomerChanged,
    CustomerContactChanged,
    CustomerCreated,
    CustomerFact,
    CustomerMerged,
    CustomerRestored,
    CustomerUnmerged,
)
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import events_pb2 as pb

CUSTOMER = "customer"


def customer_message(fact: CustomerFact) -> Message:
    """The event that tells of the fact."""
    match fact:
        case CustomerCreated(customer):
            return pb.CustomerCreated(customer=_facts(customer))
        case CustomerChanged(customer, fields):
            return pb.CustomerChanged(customer=_facts(customer), fields=fields)
        case CustomerArchived(customer):
            return pb.CustomerArchived(customer=_facts(customer))
        case CustomerRestored(customer):
            return pb.CustomerRestored(customer=_facts(customer))
        case CustomerContactChanged(customer, contact):
            return _contact_changed(customer, contact)
        case CustomerMerged() | CustomerUnmerged():
            return _merge_told(fact)


def _merge_told(fact: CustomerMerged | CustomerUnmerged) -> pb.CustomerMerged | pb.CustomerUnmerged:
    message = pb.CustomerMerged if isinstance(fact, CustomerMerged) else pb.CustomerUnmerged
    return message(
        customer=_facts(fact.customer),
        merge_id=fact.merge_id,
        survivor_id=fact.survivor_id,
        contact_ids=fact.contact_ids,
    )


def _facts(customer: Customer) -> customer_pb2.CustomerFacts:
    profile, owner = customer.profile, customer.owner
    return customer_pb2.CustomerFacts(
        customer_id=customer.id,
        name=profile.name,
        kind=profile.kind,
        credit_code=profile.credit_code,
        registered_address=profile.registered_address,
        region=profile.region,
        city=profile.city,
        grade=profile.grade,
        owner_id=owner.person_id if owner else "",
        team_id=owner.team_id if owner else "",
        source=profile.source,
        completeness_pct=customer.completeness.percent,
        is_archived=customer.is_archived,
        merged_into=customer.merged_into or "",
    )


def _contact_changed(customer: Customer, contact: Contact) -> pb.CustomerContactChanged:
    role, attitude = contact.profile.decision_role, contact.profile.attitude
    return pb.CustomerContactChanged(
        customer_id=customer.id,
        contact_id=contact.id,
        contact_version=contact.version,
        decision_role=number_of(customer_pb2.DecisionRole, role.value if role else ""),
        attitude=number_of(customer_pb2.Attitude, attitude.value if attitude else ""),
        is_reachable=contact.is_reachable,
        reports_to=contact.profile.reports_to or "",
        is_archived=contact.is_archived,
        completeness_pct=customer.completeness.percent,
    )
