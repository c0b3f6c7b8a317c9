"""Customers: requests to commands, results to messages."""

from collections.abc import Mapping
from dataclasses import replace

from chassis.field_masks import masked_fields
from chassis.ids import PersonId
from chassis.proto_values import timestamp_of, word_of
from collab.application.create_customer import CreateCustomer, CreatedCustomer
from collab.application.customer_ports import CompletenessGroup, CustomerFilter
from collab.application.customer_settings import PutCustomerSettings, ReckonedSettings
from collab.application.find_customers import CompletenessReport, CustomerChange
from collab.application.match_customers import CustomerVerdict, FoundMatch
from collab.application.move_customer import AssignCustomer
from collab.application.update_customer import UpdateCustomer
from collab.domain.completeness import filled_percent
from collab.domain.customer import Customer
from collab.domain.customer_profile import CustomerProfile, CustomKind, CustomValue
from collab.domain.customer_settings import CustomerSettings, Grade
from collab.domain.ids import CustomerId
from matching.identity import Identity
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import customer_service_pb2 as pb


def profile_of(message: customer_pb2.CustomerProfile) -> CustomerProfile:
    """The profile that a message states."""
    return CustomerProfile(
        name=message.name,
        short_names=tuple(message.short_names),
        kind=message.kind,
        credit_code=message.credit_code,
        registered_address=message.registered_address,
        region=message.region,
        city=message.city,
        grade=message.grade,
        source=message.source,
        pain_points=message.pain_points,
        purchase_cycle=message.purchase_cycle,
        custom=_custom(message.custom),
    )


def create_customer(request: pb.CreateCustomerRequest) -> CreateCustomer:
    """The command that a request asks for."""
    owner_id = PersonId(request.owner_id.lower()) if request.owner_id else None
    return CreateCustomer(profile_of(request.profile), owner_id)


def update_customer(request: pb.UpdateCustomerRequest) -> UpdateCustomer:
    """The command that a request asks for.

    Raises:
        Invalid: the mask names what is no field.
    """
    names, asked = masked_fields(request.update_mask, request.profile), profile_of(request.profile)

    def edit(present: CustomerProfile) -> CustomerProfile:
        return replace(present, **{name: getattr(asked, name) for name in names})

    return UpdateCustomer(CustomerId(request.customer_id.lower()), request.version, edit)


def assign_customer(request: pb.AssignCustomerRequest) -> AssignCustomer:
    """The command that a request asks for."""
    return AssignCustomer(
        CustomerId(request.customer_id.lower()), request.version, PersonId(request.owner_id.lower()), request.reason
    )


def customer_filter(request: pb.ListCustomersRequest) -> CustomerFilter:
    """The filter that a request asks for."""
    return CustomerFilter(
        owner_id=request.owner_id.lower(),
        grade=request.grade,
        kind=request.kind,
        region=request.region,
        is_incomplete=request.incomplete,
        is_archived=request.archived,
    )


def record_to_match(request: pb.FindCustomerMatchesRequest) -> Identity:
    """The record that is held against customers."""
    return Identity(
        company=request.company,
        person=request.person,
        phones=(request.phone,) if request.phone else (),
        email=request.email,
        credit_code=request.credit_code,
        city=request.city,
    )


def completeness_group(request: pb.GetCompletenessRequest) -> CompletenessGroup:
    """Whose rows are asked for; by owner unless said otherwise."""
    return CompletenessGroup(word_of(pb.CompletenessGroup, request.group_by) or CompletenessGroup.OWNER)


def put_settings(request: pb.PutCustomerSettingsRequest) -> PutCustomerSettings:
    """The command that a request asks for."""
    asked = request.settings
    grades = tuple(Grade(grade.code, grade.name) for grade in asked.grades)
    return PutCustomerSettings(request.version, tuple(asked.key_fields), grades, asked.target_pct)


def created(result: CreatedCustomer) -> pb.CreateCustomerResponse:
    """The answer to a creation."""
    suggestions = [_match(found) for found in result.suggestions]
    return pb.CreateCustomerResponse(customer=customer_message(result.customer), suggestions=suggestions)


def updated(customer: Customer) -> pb.UpdateCustomerResponse:
    """The answer to a change."""
    return pb.UpdateCustomerResponse(customer=customer_message(customer))


def assigned(customer: Customer) -> pb.AssignCustomerResponse:
    """The answer to a new owner."""
    return pb.AssignCustomerResponse(customer=customer_message(customer))


def archived(customer: Customer) -> pb.ArchiveCustomerResponse:
    """The answer to an archiving."""
    return pb.ArchiveCustomerResponse(customer=customer_message(customer))


def restored(customer: Customer) -> pb.RestoreCustomerResponse:
    """The answer to a restoring."""
    return pb.RestoreCustomerResponse(customer=customer_message(customer))


def settings_put(result: ReckonedSettings) -> pb.PutCustomerSettingsResponse:
    """The answer to new settings."""
    settings = settings_message(result.settings)
    return pb.PutCustomerSettingsResponse(settings=settings, recomputed=result.recomputed)


def verdict_message(verdict: CustomerVerdict) -> pb.FindCustomerMatchesResponse:
    """What becomes of a record."""
    return pb.FindCustomerMatchesResponse(
        outcome=pb.MatchOutcome.Value(f"MATCH_OUTCOME_{verdict.outcome}"),
        joined=_match(verdict.joined) if verdict.joined else None,
        suggestions=[_match(found) for found in verdict.suggestions],
        linked=[_match(found) for found in verdict.linked],
    )


def customer_message(customer: Customer) -> customer_pb2.Customer:
    """A customer as callers see it."""
    owner = customer.owner
    return customer_pb2.Customer(
        customer_id=customer.id,
        version=customer.version,
        profile=_profile(customer.profile),
        owner_id=owner.person_id if owner else "",
        team_id=owner.team_id if owner else "",
        is_archived=customer.is_archived,
        completeness_pct=customer.completeness.percent,
        missing_fields=customer.completeness.missing,
        created_at=timestamp_of(customer.created_at),
        updated_at=timestamp_of(customer.updated_at),
        merged_into=customer.merged_into or "",
    )


def change_message(change: CustomerChange) -> pb.CustomerChange:
    """A change as callers see it."""
    return pb.CustomerChange(
        version=change.version.customer.version,
        actor=change.version.actor,
        changed_at=timestamp_of(change.version.recorded_at),
        fields=[pb.FieldChange(field=each.field, before=each.before, after=each.after) for each in change.fields],
    )


def completeness_message(report: CompletenessReport) -> pb.GetCompletenessResponse:
    """How well key fields are filled, the emptiest first."""
    keys, target = len(report.settings.key_fields), report.settings.target_percent

    def row(customers: int, complete: int, missing: int) -> pb.CompletenessRow:
        filled = filled_percent(customers, missing, keys)
        return pb.CompletenessRow(
            customers=customers, complete=complete, filled_pct=filled, is_below_target=filled < target
        )

    rows = []
    for count in report.counts:
        one = row(count.customers, count.complete, count.missing)
        one.owner_id, one.team_id = count.owner_id or "", count.team_id or ""
        rows.append(one)
    rows.sort(key=lambda each: (each.filled_pct, each.owner_id, each.team_id))
    total = row(
        sum(count.customers for count in report.counts),
        sum(count.complete for count in report.counts),
        sum(count.missing for count in report.counts),
    )
    return pb.GetCompletenessResponse(rows=rows, total=total, target_pct=target)


def settings_message(settings: CustomerSettings) -> customer_pb2.CustomerSettings:
    """The settings as callers see them."""
    return customer_pb2.CustomerSettings(
        version=settings.version,
        key_fields=settings.key_fields,
        grades=[customer_pb2.CustomerGrade(code=grade.code, name=grade.name) for grade in settings.grades],
        target_pct=settings.target_percent,
    )


def _custom(values: Mapping[str, customer_pb2.CustomValue]) -> dict[str, CustomValue]:
    return {name: _custom_value(value) for name, value in values.items()}


def _custom_value(message: customer_pb2.CustomValue) -> CustomValue:
    kind = CustomKind(str(message.WhichOneof("value")))  # the contract lets none pass without
    return CustomValue(kind, getattr(message, kind.value))


def _profile(profile: CustomerProfile) -> customer_pb2.CustomerProfile:
    message = customer_pb2.CustomerProfile(
        name=profile.name,
        short_names=profile.short_names,
        kind=profile.kind,
        credit_code=profile.credit_code,
        registered_address=profile.registered_address,
        region=profile.region,
        city=profile.city,
        grade=profile.grade,
        source=profile.source,
        pain_points=profile.pain_points,
        purchase_cycle=profile.purchase_cycle,
    )
    for name, custom in profile.custom.items():
        setattr(message.custom[name], custom.kind.value, custom.value)
    return message


def _match(found: FoundMatch) -> customer_pb2.CustomerMatch:
    customer, match, owner = found.customer, found.match, found.customer.owner
    return customer_pb2.CustomerMatch(
        customer_id=customer.id,
        name=customer.profile.name,
        owner_id=owner.person_id if owner else "",
        team_id=owner.team_id if owner else "",
        is_archived=customer.is_archived,
        points=match.score,
        reasons=[reason.code for reason in match.best.reasons],
        stopped_by=match.stopped_by,
        links=match.links,
    )
