"""Values of the network rules: where things outside the suite are."""

from __future__ import annotations

from charting.model import Model, described


class Peer(Model):
    """One place, by address or by labels."""

    cidr: str = described("Addresses; excludes labels.", "", pattern=r"^([0-9a-f.:]+/\d+)?$")
    namespaceLabels: dict[str, str] = described("Labels of namespaces; the release's own when empty.", {})
    podLabels: dict[str, str] = described("Labels of pods there; all when empty.", {})


class Destination(Model):
    """Where something is."""

    peers: list[Peer] = described("Places; anywhere, on the ports alone, when empty.", [])
    ports: list[int] = described("Ports.", min_length=1)


class Source(Model):
    """Who may come in."""

    peers: list[Peer] = described("Places.", [])


class Webhooks(Model):
    """Where webhooks of customers may lead."""

    ports: list[int] = described("Ports.", [443], min_length=1)
    exceptV4: list[str] = described(
        "Networks that they never reach: private, loopback, link-local, shared, reserved.",
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
        ],
    )  # fmt: skip
    exceptV6: list[str] = described(
        "The same of IPv6, addresses that stand for IPv4 included.",
        ["::/127", "::ffff:0:0/96", "64:ff9b::/96", "100::/64", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8"],
    )


def _at(port: int, peers: list[Peer] | None = None) -> Destination:
    return Destination(ports=[port], peers=peers or [])


_DNS = Destination(
    ports=[53],
    peers=[Peer(namespaceLabels={"kubernetes.io/metadata.name": "kube-system"}, podLabels={"k8s-app": "kube-dns"})],
)
_EDGE = Source(peers=[Peer(namespaceLabels={"kubernetes.io/metadata.name": "edge"})])
_MONITORING = Source(peers=[Peer(namespaceLabels={"kubernetes.io/metadata.name": "monitoring"})])


class Network(Model):
    """Nothing may come or go but what is named here and in `callGraph`."""

    enabled: bool = described("Whether there are NetworkPolicies.", True)
    dns: Destination = described("Name servers.", _DNS)
    postgres: Destination = described("PostgreSQL.", _at(5432))
    kafka: Destination = described("Brokers.", _at(9092))
    objectStore: Destination = described("The object store.", _at(443))
    issuer: Destination = described("Providers of tokens and keys, the edge's own address included.", _at(443))
    telemetry: Destination = described("The collector, where `telemetry.otlpEndpoint` is set.", _at(4317))
    mail: Destination = described("The mail server.", _at(587))
    mesh: Destination = described(
        "The mesh's control plane, with `transport: mesh`.", Destination(ports=[15012], peers=[])
    )
    webhooks: Webhooks = described("Where webhooks of customers may lead.", Webhooks())
    edge: Source = described("Who may call the gateway's HTTP port, and gRPC where `edge.grpc` is enabled.", _EDGE)
    monitoring: Source = described("Who may read metrics.", _MONITORING)
