"""Who is who: locks, keys and identities, so that two equal leads at the same instant make one."""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import text

from chassis.database import Transaction
from chassis.key_locks import hold_keys
from lead_router.domain.ids import LeadId
from matching.identity import NormalisedIdentity

MOST_CANDIDATES = 100


class PostgresIdentities:
    """Keys and identities of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold(self, buckets: Iterable[int]) -> None:
        """Holds the buckets until the transaction ends."""
        await hold_keys(self._connection, buckets)

    async def find(self, keys: Iterable[int]) -> Mapping[LeadId, tuple[LeadId, NormalisedIdentity]]:
        """Submissions that carry any of the keys, each with the lead that stands for it now and its identity."""
        wanted = sorted(set(keys))
        if not wanted:
            return {}
        rows = await self._connection.execute(_FIND, {"keys": wanted, "tenant": self._tenant_id})
        return {
            LeadId(str(row.lead_id)): (
                LeadId(str(row.root_id)),
                NormalisedIdentity.from_dict(json.loads(row.normalised)),
            )
            for row in rows
        }

    async def add_keys(self, keys: Sequence[tuple[LeadId, Sequence[int]]]) -> None:
        """Keeps the keys of new submissions."""
        rows = {
            "tenant": self._tenant_id,
            "leads": [lead_id for lead_id, numbers in keys for _ in numbers],
            "keys": [number for _, numbers in keys for number in numbers],
        }
        if rows["keys"]:
            await self._connection.execute(_ADD, rows)


_FIND = text(
    "WITH hit AS (SELECT DISTINCT k.lead_id FROM unnest(CAST(:keys AS bigint[])) q (key) CROSS JOIN LATERAL"
    " (SELECT lead_id FROM lead_key WHERE tenant_id = CAST(:tenant AS uuid) AND key = q.key"
    " ORDER BY lead_id DESC LIMIT 50) k),"
    " root AS (SELECT DISTINCT coalesce(l.merged_into, l.id) AS id FROM hit JOIN lead l"
    " ON l.tenant_id = CAST(:tenant AS uuid) AND l.id = hit.lead_id),"
    " united AS (SELECT root.id AS root_id, root.id AS lead_id FROM root UNION ALL"
    " SELECT root.id, l.id FROM root JOIN lead l ON l.tenant_id = CAST(:tenant AS uuid) AND l.merged_into = root.id)"
    " SELECT united.root_id, united.lead_id, CAST(i.normalised AS text) AS normalised FROM united"
    " JOIN lead_identity i ON i.tenant_id = CAST(:tenant AS uuid) AND i.lead_id = united.lead_id"
)
_ADD = text(
    "INSERT INTO lead_key (tenant_id, key, lead_id) SELECT CAST(:tenant AS uuid), k.key, k.lead_id"
    " FROM unnest(CAST(:keys AS bigint[]), CAST(:leads AS uuid[])) AS k (key, lead_id) ON CONFLICT DO NOTHING"
)
