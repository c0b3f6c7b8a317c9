"""The statements of the deliveries, for reading as SQL."""

from sqlalchemy import text

PAGE = text(
    "SELECT d.id, d.webhook_id, d.event_id, d.event_type, d.created_at, d.state, d.replay_of, d.attempts,"
    " a.at, a.status, a.duration_ms, a.fault FROM webhook_delivery d"
    " LEFT JOIN webhook_attempt a ON a.delivery_id = d.id AND a.number = d.attempts"
    " WHERE d.webhook_id = CAST(:webhook AS uuid) AND (:state = '' OR d.state = :state)"
    " AND (:type = '' OR d.event_type = :type) AND (CAST(:after AS uuid) IS NULL OR d.seq <"
    " (SELECT p.seq FROM webhook_delivery p WHERE p.id = CAST(:after AS uuid)))"
    " ORDER BY d.seq DESC LIMIT :size"
)
STANDING = text(
    "SELECT q.webhook_id, q.failures, q.next_try_at, q.delivered_at, (SELECT count(*) FROM webhook_delivery d"
    " WHERE d.tenant_id = q.tenant_id AND d.webhook_id = q.webhook_id AND d.state = 'waiting') AS waiting"
    " FROM webhook_queue q WHERE q.webhook_id = ANY(CAST(:webhooks AS uuid[]))"
)
DUE = text(
    "SELECT q.webhook_id FROM webhook_queue q JOIN webhook w ON w.id = q.webhook_id"
    " WHERE w.state = 'active' AND (q.next_try_at IS NULL OR q.next_try_at <= clock_timestamp())"
    " AND (q.leased_until IS NULL OR q.leased_until <= clock_timestamp()) AND EXISTS (SELECT 1 FROM webhook_delivery d"
    " WHERE d.tenant_id = q.tenant_id AND d.webhook_id = q.webhook_id AND d.state = 'waiting')"
)
CLAIM = text(
    "UPDATE webhook_queue q SET lease_id = CAST(:lease_id AS uuid), leased_until = clock_timestamp() + CAST(:lease AS"
    " interval) FROM webhook w WHERE q.webhook_id = CAST(:webhook AS uuid) AND w.id = q.webhook_id"
    " AND w.state = 'active'"
    " AND (q.next_try_at IS NULL OR q.next_try_at <= clock_timestamp()) AND (q.leased_until IS NULL"
    " OR q.leased_until <= clock_timestamp() OR q.lease_id = CAST(:lease_id AS uuid)) RETURNING q.failures"
)
HEAD = text(
    "SELECT id, webhook_id, event_id, event_type, body, created_at, state, replay_of, attempts FROM webhook_delivery"
    " WHERE webhook_id = CAST(:webhook AS uuid) AND state = 'waiting' ORDER BY seq LIMIT 1"
)
RELEASE = text(
    "UPDATE webhook_queue SET lease_id = NULL, leased_until = NULL"
    " WHERE webhook_id = CAST(:webhook AS uuid) AND lease_id = CAST(:lease_id AS uuid)"
)
NOTE = text(
    "WITH tried AS (UPDATE webhook_delivery SET attempts = attempts + 1 WHERE id = CAST(:delivery AS uuid)"
    " RETURNING attempts) INSERT INTO webhook_attempt (tenant_id, delivery_id, number, at, status, duration_ms, fault)"
    " SELECT CAST(:tenant AS uuid), CAST(:delivery AS uuid), tried.attempts, :at, :status, :duration_ms, :fault"
    " FROM tried"
)
# One that somebody skipped while it was under way stays skipped.
SETTLE = text("UPDATE webhook_delivery SET state = :state WHERE id = CAST(:delivery AS uuid) AND state = 'waiting'")
CLEAR = text(
    "UPDATE webhook_queue SET failures = 0, next_try_at = NULL, delivered_at = clock_timestamp()"
    " WHERE webhook_id = CAST(:webhook AS uuid)"
)
FAIL = text(
    "UPDATE webhook_queue SET failures = :failures, next_try_at = clock_timestamp() + CAST(:pause AS interval)"
    " WHERE webhook_id = CAST(:webhook AS uuid)"
)
TRY_AT_ONCE = text(
    "UPDATE webhook_queue SET failures = 0, next_try_at = NULL WHERE webhook_id = CAST(:webhook AS uuid)"
)
REPLAY = text(
    "INSERT INTO webhook_delivery (id, tenant_id, webhook_id, event_id, event_type, body, state, replay_of, created_at)"
    " SELECT n.id, d.tenant_id, d.webhook_id, d.event_id, d.event_type, d.body, 'waiting', d.id, :now"
    " FROM (SELECT s.*, row_number() OVER (ORDER BY s.seq) AS place FROM webhook_delivery s"
    " WHERE s.id = ANY(CAST(:ids AS uuid[])) AND s.webhook_id = CAST(:webhook AS uuid)) d"
    " JOIN unnest(CAST(:new_ids AS uuid[])) WITH ORDINALITY AS n (id, place) ON n.place = d.place ORDER BY d.seq"
)
SETTLED_BETWEEN = text(
    "SELECT id FROM webhook_delivery WHERE webhook_id = CAST(:webhook AS uuid) AND created_at >= :begin"
    " AND created_at < :end AND state IN ('delivered', 'skipped') AND event_type <> 'webhook.test'"
    " AND replay_of IS NULL ORDER BY seq LIMIT :most"
)
TRIM = text(
    "DELETE FROM webhook_delivery WHERE id IN"
    " (SELECT id FROM webhook_delivery WHERE created_at < :before ORDER BY created_at LIMIT 5000)"
)
