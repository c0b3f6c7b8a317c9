"""The service as it is deployed: one process, its own schema, a real broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from chassis.ids import new_id
from chassis.inbox import Record
from support.databases import DatabaseFactory
from support.events import an_event
from support.kafka import KafkaServer
from support.tokens import Metadata, TokenIssuer
from support.waiting import eventually
from throughline.collab.v1 import directory_service_pb2 as directory_pb
from throughline.collab.v1 import tenant_service_pb2 as tenant_pb
from throughline.collab.v1.directory_service_pb2_grpc import DirectoryServiceStub
from throughline.collab.v1.notification_service_pb2 import ListNotificationsRequest
from throughline.collab.v1.notification_service_pb2_grpc import NotificationServiceStub
from throughline.collab.v1.tenant_service_pb2_grpc import TenantServiceStub
from throughline.lead_router.v1 import events_pb2 as router_pb


@pytest.fixture
def address(
    database_factory: DatabaseFactory,
    breakable_kafka: KafkaServer,
    token_issuer: TokenIssuer,
    free_port: Callable[[], int],
    tmp_path: Path,
) -> Iterator[str]:
    """Where the running process answers."""
    listen = f"127.0.0.1:{free_port()}"
    settings = {
        "ENVIRONMENT": "development",
        "DATABASE_URL": database_factory("collab").login_url,
        "KAFKA_BOOTSTRAP": breakable_kafka.bootstrap,
        "KAFKA_PROFILE": breakable_kafka.profile,
        "GRPC_LISTEN": listen,
        "ISSUERS": token_issuer.setting,
        "CLIENT_ID": "collab",
        "CLIENT_SECRET": "secret",
        "TOKEN_URL": token_issuer.token_url,
        "DRAIN_S": "0",
    }
    environ = os.environ | {f"COLLAB_{name}": value for name, value in settings.items()}
    with (tmp_path / "collab.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "collab", "all"], env=environ, stdout=log, stderr=log)
        yield listen
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=90) == 0, (tmp_path / "collab.log").read_text()


@pytest.mark.timeout(600)  # a broker of its own has to start first
def test_from_a_new_tenant_to_a_read_notification(
    address: str, breakable_kafka: KafkaServer, token_issuer: TokenIssuer
) -> None:
    with grpc.insecure_channel(address) as channel:
        tenant_id = new_id()
        request = tenant_pb.CreateTenantRequest(
            tenant_id=tenant_id, name="衡岳医疗", admin_subject="chen.jing", admin_name="陈静"
        )
        by_operator = token_issuer.operator_metadata()
        created = TenantServiceStub(channel).CreateTenant(
            request, metadata=by_operator, wait_for_ready=True, timeout=240
        )
        by_admin = token_issuer.person_metadata("chen.jing", tenant_id)

        known = eventually(
            lambda: _callers(channel, by_admin), timeout_s=120, what="the directory knows its first person"
        )
        assert [person.person_id for person in known] == [created.admin_id]

        fact = router_pb.LeadAssigned(lead_id=new_id(), owner_id=created.admin_id)
        _send(breakable_kafka, an_event(fact, tenant_id, aggregate_id=fact.lead_id))
        stub = NotificationServiceStub(channel)
        told = eventually(
            lambda: stub.ListNotifications(ListNotificationsRequest(), metadata=by_admin).notifications,
            timeout_s=120,
            what="the event became a notification",
        )

    assert [(each.kind, each.resource) for each in told] == [("lead.assigned", f"leads/{fact.lead_id}")]


def _callers(channel: grpc.Channel, by_admin: Metadata) -> list[directory_pb.Person]:
    """The caller; nobody while the event that tells of this person is on its way."""
    try:
        return [DirectoryServiceStub(channel).GetMe(directory_pb.GetMeRequest(), metadata=by_admin).person]
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
            raise
        return []


def _send(kafka: KafkaServer, record: Record) -> None:
    from chassis.kafka_clients import KafkaSettings  # noqa: PLC0415 (the Kafka client needs a session's filters)

    producer = KafkaSettings(kafka.bootstrap, is_embedded=kafka.profile == "embedded").producer("router")
    headers = [(name, value.encode()) for name, value in record.headers.items()]
    producer.send(record.topic, key=record.key.encode(), value=record.payload, headers=headers).get(timeout=30)
    producer.close()
