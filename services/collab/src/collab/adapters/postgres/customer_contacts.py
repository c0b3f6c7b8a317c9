"""The people at customers in PostgreSQL."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.dialects.postgresql import insert

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.pages import Cursor
from chassis.search_index import SearchIndex, Within
from collab.adapters.postgres.customer_rows import customer_of
from collab.adapters.postgres.customer_tables import customer, customer_contact_search_key
from collab.adapters.postgres.customer_tables import customer_contact as table
from collab.domain.contact import Attitude, Contact, ContactProfile, DecisionRole
from collab.domain.customer import Customer
from collab.domain.ids import ContactId, CustomerId

_UNCHANGING = frozenset({"id", "tenant_id", "created_at"})
_INDEX = SearchIndex(customer_contact_search_key, customer_contact_search_key.c.contact_id)


class PostgresContacts:
    """The contacts of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self, contact_id: ContactId) -> Contact | None:
        """The contact, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == contact_id))).one_or_none()
        return _contact(row) if row else None

    async def of(self, customer_ids: Collection[CustomerId]) -> Sequence[Contact]:
        """All contacts of the customers, archived ones too, the oldest first."""
        if not customer_ids:
            return []
        query = select(table).where(table.c.tenant_id == self._tenant_id, table.c.customer_id.in_(customer_ids))
        return [_contact(row) for row in await self._connection.execute(query.order_by(table.c.id))]

    async def page(
        self, customer_id: CustomerId, after: Cursor | None, size: int, *, with_archived: bool
    ) -> Sequence[Contact]:
        """Contacts of one customer, the oldest first, after the cursor, at most `size`."""
        query = select(table).where(table.c.tenant_id == self._tenant_id, table.c.customer_id == customer_id)
        if not with_archived:
            query = query.where(table.c.is_archived.is_(False))
        if after:
            query = query.where(table.c.id > after.id)
        return [_contact(row) for row in await self._connection.execute(query.order_by(table.c.id).limit(size))]

    async def save(self, contact: Contact) -> None:
        """Keeps a new or changed contact."""
        row = self._row(contact)
        kept = insert(table).values(row)
        changing = {name: kept.excluded[name] for name in row if name not in _UNCHANGING}
        await self._connection.execute(kept.on_conflict_do_update(index_elements=["id"], set_=changing))

    async def find_by(self, contact: Contact, keys: Collection[str]) -> None:
        """Sets the search keys of a contact."""
        await _INDEX.replace(self._connection, self._tenant_id, contact.id, keys, customer_id=contact.customer_id)

    async def search(self, beginning: str, scopes: Sequence[Scope], size: int) -> Sequence[tuple[Contact, Customer]]:
        """Contacts with a key that begins so, of customers that all of the scopes include, nearest first."""
        visible = and_(*(scope.where(customer.c.owner_id, customer.c.team_id) for scope in scopes))
        wanted = and_(visible, customer.c.is_archived.is_(False))
        # The customer stands beside each key, so that nothing lies between the index and what decides.
        key_of = customer_contact_search_key.c.customer_id
        sees_all = all(scope.kind == "all" for scope in scopes)
        ids = await _INDEX.nearest(
            self._connection,
            self._tenant_id,
            beginning,
            among=(customer, customer.c.id == key_of),
            where=wanted,
            size=size,
            within=None if sees_all else Within(customer.c.id, wanted, key_of),
        )
        if not ids:
            return []
        found = await self._connection.execute(select(table).where(table.c.id.in_(ids)))
        contacts = {str(row.id): _contact(row) for row in found}
        of_contacts = {contact.customer_id for contact in contacts.values()}
        query: Select[Any] = select(customer).where(customer.c.id.in_(of_contacts))
        rows = (await self._connection.execute(query)).mappings()
        customers = {each.id: each for each in (customer_of(row) for row in rows)}
        return [(contacts[each], customers[contacts[each].customer_id]) for each in ids if each in contacts]

    def _row(self, contact: Contact) -> dict[str, object]:
        profile = contact.profile
        return {
            "id": contact.id,
            "tenant_id": self._tenant_id,
            "customer_id": contact.customer_id,
            "origin_id": contact.origin_id,
            "name": profile.name,
            "post": profile.post,
            "department": profile.department,
            "decision_role": profile.decision_role.value if profile.decision_role else "",
            "phone": profile.phone,
            "email": profile.email,
            "attitude": profile.attitude.value if profile.attitude else "",
            "reports_to": profile.reports_to,
            "is_archived": contact.is_archived,
            "created_at": contact.created_at,
            "updated_at": contact.updated_at,
            "version": contact.version,
            "merge_moves": contact.merge_moves,
        }


def _contact(row: SqlRow) -> Contact:
    return Contact(
        id=ContactId(row.id),
        customer_id=CustomerId(row.customer_id),
        profile=ContactProfile(
            name=row.name,
            post=row.post,
            department=row.department,
            decision_role=DecisionRole(row.decision_role) if row.decision_role else None,
            phone=row.phone,
            email=row.email,
            attitude=Attitude(row.attitude) if row.attitude else None,
            reports_to=ContactId(row.reports_to) if row.reports_to else None,
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
        is_archived=row.is_archived,
        version=row.version,
        origin_id=CustomerId(row.origin_id) if row.origin_id else None,
        merge_moves=row.merge_moves,
    )
