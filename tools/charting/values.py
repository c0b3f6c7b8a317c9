"""The values of the chart, all of them, from the top."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import create_model

from charting.call_graph import CALL_GRAPH, SERVICES, Contacts
from charting.edge_values import Edge, Identity
from charting.model import Model, described
from charting.network_values import Network
from charting.storage_values import Kafka, ObjectStore, Postgres
from charting.workload_values import (
    NAME,
    NAME_OR_NONE,
    NOT_LATEST,
    QUANTITY,
    PullPolicy,
    Requests,
    Resources,
    service_model,
)


class Image(Model):
    """Where images come from."""

    registry: str = described(
        "Registry and path before `/throughline-<service>`.",
        "registry.example.com/throughline",
        pattern=r"^[^@\s]+[^@/\s]$",
    )
    tag: str = described(
        "Version of all images; the chart's own when empty. `latest` is refused.",
        "",
        pattern=r"^[\w.-]*$",
        json_schema_extra=NOT_LATEST,
    )
    pullPolicy: PullPolicy = described("When nodes ask the registry.", "IfNotPresent")
    pullSecrets: list[str] = described("Names of Secrets for the registry.", [])


class CertificateIssuer(Model):
    """Of cert-manager."""

    name: str = described("Its name.", "throughline", pattern=NAME)
    kind: Literal["Issuer", "ClusterIssuer"] = described("Its kind.", "Issuer")
    group: str = described("Its group.", "cert-manager.io")


class Tls(Model):
    """Certificates between services, with `transport: tls`."""

    source: Literal["certManager", "existing"] = described(
        "Who makes the Secrets `<suite>-<service>-tls` (keys `tls.crt`, `tls.key`, `ca.crt`): cert-manager, or you.",
        "certManager",
    )
    issuer: CertificateIssuer = described("Who signs; one authority for all services.", CertificateIssuer())
    duration: str = described("Life of a certificate.", "2160h0m0s")
    renewBefore: str = described("How long before its end it is renewed.", "720h0m0s")


class Mesh(Model):
    """The mesh that encrypts, with `transport: mesh`."""

    kind: Literal["istio", "linkerd"] = described("Whose policies are written.", "istio")
    trustDomain: str = described("Of the identities of workloads.", "cluster.local")
    edgeIdentities: list[str] = described(
        "Identities that may call the HTTP port: `<namespace>/<service account>` of the edge's proxies. Empty lets any call.",
        [],
    )


class SecretStore(Model):
    """Where External Secrets reads."""

    name: str = described("Its name.", "throughline", pattern=NAME)
    kind: Literal["SecretStore", "ClusterSecretStore"] = described("Its kind.", "SecretStore")


class ExternalSecrets(Model):
    """Secrets out of a vault, by the External Secrets operator."""

    enabled: bool = described("Whether ExternalSecrets make the Secrets; else they must exist.", False)
    store: SecretStore = described("Where they lie.", SecretStore())
    path: str = described(
        "What stands before `/<service>` and `/<service>-owner` in the name of a remote secret.", "throughline"
    )
    refreshInterval: str = described("How often they are read again.", "1h0m0s")


class Migrations(Model):
    """The step that brings the schema up to date before new code starts."""

    mode: Literal["hook", "job"] = described(
        "`hook`: Helm runs it before all else. `job`: a plain Job named by what it runs, for GitOps and for databases that this "
        "release makes itself.",
        "hook",
    )
    backoffLimit: int = described("Tries beyond the first.", 6, ge=0)
    activeDeadlineSeconds: int = described("Most for all tries together.", 1800, ge=60)
    resources: Resources = described("Of the pod.", Resources(requests=Requests(cpu="50m", memory="128Mi")))
    temporarySpace: str = described("Size limit of /tmp.", "64Mi", pattern=QUANTITY)


class GracefulStop(Model):
    """How a pod leaves: `terminationGracePeriodSeconds` is the sum of the three and 10."""

    preStopSeconds: int = described("Before SIGTERM: until no endpoint names the pod any more.", 5, ge=1, le=60)
    drainSeconds: int = described("Calls still taken after health turned to NOT_SERVING.", 5, ge=0, le=60)
    graceSeconds: int = described("For running calls to end.", 20, ge=0, le=300)


class Telemetry(Model):
    """Traces; metrics are always served on port 9464."""

    otlpEndpoint: str = described(
        "`host:port` of an OTLP collector by gRPC; empty sends none.", "", pattern=r"^([^\s@/]+:\d{1,5})?$"
    )


class Flagged(Model):
    """An object for the Prometheus operator or Grafana."""

    enabled: bool = described("Whether it is made.", False)
    labels: dict[str, str] = described("By which its reader finds it.", {})


class Monitoring(Model):
    """What watches the suite."""

    serviceMonitor: Flagged = described("A ServiceMonitor for each service.", Flagged())
    interval: str = described("Between two scrapes.", "30s")
    rules: Flagged = described("A PrometheusRule with alerts and objectives.", Flagged())
    dashboards: Flagged = described("A ConfigMap for each dashboard.", Flagged(labels={"grafana_dashboard": "1"}))


class Toleration(Model):
    """As in Kubernetes."""

    key: str = described("Key of the taint; empty for any.", "")
    operator: Literal["Exists", "Equal"] = described("How value is compared.", "Exists")
    value: str = described("Value of the taint.", "")
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = described(
        "Effect of the taint; empty for any.", ""
    )


class Pods(Model):
    """What all pods have in common."""

    annotations: dict[str, str] = described("Further annotations.", {})
    labels: dict[str, str] = described("Further labels.", {})
    nodeSelector: dict[str, str] = described("Nodes that they may run on.", {})
    tolerations: list[Toleration] = described("Taints that they bear.", [])
    priorityClassName: str = described("Their priority.", "", pattern=NAME_OR_NONE)


_service_models = {service: service_model(service) for service in SERVICES}
_services: dict[str, Any] = {
    service.replace("-", "_"): (model, described(f"The {service}.", model(), alias=service))
    for service, model in _service_models.items()
}
Services = create_model("Services", __base__=Model, __doc__="The five services.", **_services)
_graph: dict[str, Any] = {
    service.replace("-", "_"): (Contacts, described(f"Of the {service}.", contacts, alias=service))
    for service, contacts in CALL_GRAPH.items()
}
CallGraph = create_model("CallGraph", __base__=Model, __doc__="Who calls whom, and who uses what.", **_graph)


class Values(Model):
    """All values."""

    suite: str = described(
        "What the names of all objects begin with, whatever the release is called: several releases, each with one service, make one suite.",
        "throughline",
        pattern=r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$",
    )
    environment: Literal["production", "development"] = described(
        "`production` refuses all that is for development.", "production"
    )
    sharedWith: Literal["collab", "gateway", "lead-router", "pipeline", "scoring"] = described(
        "Whose release carries what the suite has once: rules, dashboards, the database cluster, the topic `notice`.",
        "gateway",
    )
    image: Image = described("Where images come from.", Image())
    services: Any = described("The five services.", Services())
    identity: Identity = described("Who signs tokens.", Identity())
    postgres: Postgres = described("PostgreSQL.", Postgres())
    kafka: Kafka = described("Apache Kafka.", Kafka())
    objectStore: ObjectStore = described("Where files are kept.", ObjectStore())
    edge: Edge = described("How people and partners get in.", Edge())
    transport: Literal["tls", "mesh", "plaintext"] = described(
        "What protects gRPC between services: certificates, a mesh, or, in development, nothing.", "tls"
    )
    tls: Tls = described("Certificates between services.", Tls())
    mesh: Mesh = described("The mesh between services.", Mesh())
    externalSecrets: ExternalSecrets = described("Secrets out of a vault.", ExternalSecrets())
    migrations: Migrations = described("Schema before code.", Migrations())
    network: Network = described("Who may reach whom.", Network())
    gracefulStop: GracefulStop = described("How a pod leaves.", GracefulStop())
    telemetry: Telemetry = described("Traces.", Telemetry())
    monitoring: Monitoring = described("What watches the suite.", Monitoring())
    pods: Pods = described("What all pods have in common.", Pods())
    clusterDomain: str = described("Domain of the cluster, for certificates.", "cluster.local", pattern=NAME)
    callGraph: Any = described(
        "Who calls whom, and who uses what. Network, mesh and broker rules come from it; the code decides it, so leave it alone.",
        CallGraph(),
    )


Values.model_fields["services"].annotation = Services
Values.model_fields["callGraph"].annotation = CallGraph
Values.model_rebuild(force=True)
