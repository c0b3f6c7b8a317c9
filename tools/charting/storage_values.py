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
    maxConnections: int = described(
        "Most connections of each server. A release whose pods could open more is refused: `databasePoolSize` for each pod, and one "
        "pod more for each workload while it is rolled out; 20 are kept back for people and backups.",
        640,
        ge=100,
    )


class Postgres(Model):
    """Addresses stand in the Secrets, as part of the URLs."""

    manage: bool = described(
        "Whether to make a Cluster and a Database for each service, for CloudNativePG; needs `migrations.mode: job`. Roles take "
        "their passwords from the Secrets `<suite>-<service>-owner-role` and `-login-role` (type basic-auth).",
        False,
    )
    maxConnections: int = described(
        "With a server of your own: its `max_connections`, and a release whose pods could open more is refused, as with "
        "`cluster.maxConnections`. 0 asks nothing: each service has a server to itself, or a pooler stands between.",
        0,
        ge=0,
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
    partitions: int = described("Of every topic; workers scale out up to it.", 24, ge=1, le=1000)
    manage: bool = described("Whether to make KafkaTopics and KafkaUsers, for Strimzi.", False)
    cluster: str = described("Name of the Kafka cluster of Strimzi, in the release's namespace.", "kafka", pattern=NAME)
    replicas: int = described(
        "Copies of each topic that is made, by Strimzi or by the first worker that misses it. A broker with fewer nodes refuses.",
        3,
        ge=1,
        le=15,
    )
    minInsyncReplicas: int = described(
        "Copies that must have a record before it counts as written; of topics that are made.", 2, ge=1, le=15
    )
    retentionDays: int = described("How long records are kept.", 14, ge=1)


class ObjectStore(Model):
    """S3, the same for all services that own files."""

    url: str = described(
        "Bucket and prefix. Endpoint, region and keys are in the key `objects-options` of the Secrets.",
        "s3://throughline/files",
        pattern=r"^s3://[^\s@]+$",
    )
