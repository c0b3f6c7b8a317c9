"""The customer master, as conversions and opportunities ask it."""

import re
from collections.abc import Sequence

from chassis.channels import Channels
from chassis.errors import Invalid
from chassis.ids import PersonId, TeamId
from chassis.proto_values import word_of
from pipeline.application.conversion_ports import CustomerVerdict, KnownCustomer, LeadDossier, MatchOutcome
from pipeline.domain.conversion import Conversion
from pipeline.domain.ids import ContactId, CustomerId
from throughline.collab.v1 import converted_customer_service_pb2 as converted_pb
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import customer_service_pb2 as pb
from throughline.collab.v1.converted_customer_service_pb2_grpc import ConvertedCustomerServiceStub
from throughline.collab.v1.customer_service_pb2_grpc import CustomerServiceStub

_KIND = re.compile(r"[a-z][a-z0-9_]{0,49}")
_NAMELESS = "未具名联系人"
"""Name of a contact of whom only a phone or an e-mail is known."""


class GrpcCustomerMaster:
    """`collab` behind the port `CustomerMaster`."""

    def __init__(self, channels: Channels) -> None:
        self._customers = CustomerServiceStub(channels.to("collab"))
        self._converted = ConvertedCustomerServiceStub(channels.to("collab"))

    async def get(self, customer_id: CustomerId) -> KnownCustomer:
        """The customer, or its survivor where it was merged; see the port for errors."""
        found = await self._customers.GetCustomer(pb.GetCustomerRequest(customer_id=customer_id))
        customer = found.customer
        if found.survivor_id and found.survivor_id != customer.customer_id:
            return await self.get(CustomerId(found.survivor_id))
        return _known(
            customer.customer_id, customer.profile.name, customer.owner_id, customer.team_id, customer.is_archived
        )

    async def match(self, dossier: LeadDossier) -> CustomerVerdict:
        """Which customer the lead is or may be; see the port for errors."""
        request = pb.FindCustomerMatchesRequest(
            company=dossier.company,
            person=dossier.person,
            phone=dossier.phone,
            email=dossier.email,
            credit_code=dossier.credit_code,
            city=dossier.city,
        )
        try:
            verdict = await self._customers.FindCustomerMatches(request)
        except Invalid:  # nothing of it can be read, so it is like no customer
            return CustomerVerdict(MatchOutcome.NEW)
        found = [verdict.joined] if verdict.HasField("joined") else verdict.suggestions
        return CustomerVerdict(
            MatchOutcome(word_of(pb.MatchOutcome, verdict.outcome)),
            [_known(one.customer_id, one.name, one.owner_id, one.team_id, one.is_archived) for one in found],
        )

    async def keep_customer(
        self, customer_id: CustomerId, dossier: LeadDossier, *, name: str, owner_id: PersonId, pain_points: str
    ) -> None:
        """Makes the customer that a lead becomes; see the port for errors."""
        profile = customer_pb2.CustomerProfile(
            name=name,
            kind=dossier.industry if _KIND.fullmatch(dossier.industry) else "",
            credit_code=dossier.credit_code,
            region=dossier.region,
            city=dossier.city,
            source=dossier.source,
            pain_points=pain_points,
        )
        await self._converted.KeepConvertedCustomer(
            converted_pb.KeepConvertedCustomerRequest(customer_id=customer_id, profile=profile, owner_id=owner_id)
        )

    async def keep_contact(self, customer_id: CustomerId, contact_id: ContactId, dossier: LeadDossier) -> ContactId:
        """Adds the person whom the lead names; see the port for errors. An e-mail that is none is left out."""
        profile = customer_pb2.ContactProfile(
            name=dossier.person or _NAMELESS, phone=dossier.phone, email=dossier.email
        )
        try:
            return await self._keep_contact(customer_id, contact_id, profile)
        except Invalid as refusal:
            if not profile.email or {fault.field for fault in refusal.violations} != {"profile.email"}:
                raise
            profile.email = ""
            return await self._keep_contact(customer_id, contact_id, profile)

    async def take_back(self, conversion: Conversion, *, only_look: bool = False) -> Sequence[str]:
        """Archives what the conversion made, or tells what was added; see the port for errors."""
        answer = await self._converted.TakeBackConvertedCustomer(
            converted_pb.TakeBackConvertedCustomerRequest(
                customer_id=conversion.customer_id,
                customer_version=conversion.customer_version,
                contact_id=conversion.made_contact_id or "",
                only_look=only_look,
            )
        )
        return list(answer.added)

    async def _keep_contact(
        self, customer_id: CustomerId, contact_id: ContactId, profile: customer_pb2.ContactProfile
    ) -> ContactId:
        request = converted_pb.KeepConvertedContactRequest(
            customer_id=customer_id, contact_id=contact_id, profile=profile
        )
        return ContactId((await self._converted.KeepConvertedContact(request)).contact_id)


def _known(customer_id: str, name: str, owner_id: str, team_id: str, is_archived: bool) -> KnownCustomer:
    return KnownCustomer(
        CustomerId(customer_id),
        name,
        PersonId(owner_id) if owner_id else None,
        TeamId(team_id) if team_id else None,
        is_archived,
    )
