"""Values of what keeps things: PostgreSQL, Kafka, files."""

from __future__ import annotations

from typing import Literal

from charting.model import Model, described
from charting.workload_values import NAME, NAME_OR_NONE, QUANTITY, Limits, Requests, Resources


class Cluster(Model):
    """A database cluster of CloudNativePG, with `postgres.manage`."""

    name: str = described("Its name; `<suite>-postgres` when empty.", "", pattern=NAME_OR_NONE)
    instances: int = described("Servers, of which one writes.", 3, ge=1)
    imageName: str = described("Image of PostgreSQL; the operator's own when empty.", "")
    storageSize: str = described("Of each server.", "100Gi", pattern=QUANTITY)
    storageClass: str = described("Of each server; the cluster's default when empty.", "", pattern=NAME_OR_NONE)
    resources: Resources = described(
        "Of each server.", Resources(requests=Requests(cpu="1", memory="2Gi"), limits=Limits(memory="4Gi"))
    )
    maxConnections: int = described("Plan 25 for each pod of the suite.", 600, ge=100)


class Postgres(Model):
    """Addresses stand in the Secrets, as part of the URLs."""

    manage: bool = described(
        "Whether to make a Cluster and a Database for each service, for CloudNativePG; needs `migrations.mode: job`. Roles take "
        "their passwords from the Secrets `<suite>-<service>-owner-role` and `-login-role` (type basic-auth).",
        False,
    )
    cluster: Cluster = described("The cluster that is made.", Cluster())


class Kafka(Model):
    """The broker and how to speak to it."""

    bootstrap: str = described("Addresses, comma separated.", "kafka-bootstrap:9092", pattern=r"^[^\s@/]+:\d{1,5}$")
    security: Literal["plaintext", "tls", "scram"] = described(
        "`tls`: client certificates. `scram`: user and password over TLS. Both come from the Secret `<suite>-<service>-kafka`, as Strimzi "
        "makes it: `user.crt` and `user.key`, or `password`.",
        "plaintext",
    )
    authoritySecret: str = described(
        "Secret with the broker's authority, key `ca.crt`.", "kafka-cluster-ca-cert", pattern=NAME
    )
    partitions: int = described("Of every topic; workers scale out up to it.", 24, ge=1)
    manage: bool = described("Whether to make KafkaTopics and KafkaUsers, for Strimzi.", False)
    cluster: str = described("Name of the Kafka cluster of Strimzi, in the release's namespace.", "kafka", pattern=NAME)
    replicas: int = described("Copies of each topic that is made.", 3, ge=1)
    minInsyncReplicas: int = described("Copies that must have a record before it counts as written.", 2, ge=1)
    retentionDays: int = described("How long records are kept.", 14, ge=1)


class ObjectStore(Model):
    """S3, the same for all services that own files."""

    url: str = described(
        "Bucket and prefix. Endpoint, region and keys are in the key `objects-options` of the Secrets.",
        "s3://throughline/files",
        pattern=r"^s3://[^\s@]+$",
    )
