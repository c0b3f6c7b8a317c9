"""Values of the doors: tokens, routes."""

from __future__ import annotations

from typing import Literal

from charting.model import Model, described
from charting.workload_values import NAME_OR_NONE

URL = r"^https?://[^\s@]+$"


class Issuer(Model):
    """One that may sign tokens."""

    issuer: str = described("Must equal the tokens' `iss` to the letter.", pattern=URL)
    jwksUrl: str = described("Where its keys are.", pattern=URL)
    audience: str = described("Must be among the tokens' `aud`.", "throughline")
    services: bool = described("Whether it may name services; of several, only the first counts.", False)
    tenants: list[str] = described("Tenants whose people it may name; empty for any.", [])


class Identity(Model):
    """Who signs tokens. The gateway's issuer of API keys is added to these."""

    issuers: list[Issuer] = described(
        "OpenID Connect providers.",
        [
            Issuer(
                issuer="https://sso.example.com/realms/sales",
                jwksUrl="https://sso.example.com/realms/sales/certs",
                audience="throughline",
                services=True,
                tenants=[],
            )
        ],
        min_length=1,
    )
    tokenUrl: str = described(
        "Where services get their own tokens, by client credentials; the client's id is the service's name.",
        "https://sso.example.com/realms/sales/token",
        pattern=URL,
    )


class ParentRef(Model):
    """A Gateway that routes hang on."""

    name: str = described("Its name.")
    namespace: str = described("Its namespace; the release's own when empty.", "")
    sectionName: str = described("Its listener; all when empty.", "")


class GrpcRoutes(Model):
    """gRPC from outside, for partner systems; needs `transport: mesh`, for services ask callers for certificates with `tls`."""

    enabled: bool = described("Whether there are GRPCRoutes.", False)
    services: list[Literal["collab", "lead-router", "pipeline", "scoring"]] = described(
        "Which services partners call.", ["lead-router"]
    )
    host: str = described("Host name under which they do.", "grpc.sales.example.com")
    parentRefs: list[ParentRef] = described("Gateways that the routes hang on; those of HTTP when empty.", [])


class IngressOptions(Model):
    """With `edge.mode: ingress`."""

    className: str = described("IngressClass; the cluster's default when empty.", "", pattern=NAME_OR_NONE)
    tlsSecret: str = described(
        "Secret with the certificate for the host; the controller's own when empty.", "", pattern=NAME_OR_NONE
    )
    annotations: dict[str, str] = described(
        "For the controller: an Ingress has no field for timeouts.",
        {
            "nginx.ingress.kubernetes.io/proxy-body-size": "0",
            "nginx.ingress.kubernetes.io/proxy-buffering": "off",
            "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
            "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
            "nginx.ingress.kubernetes.io/proxy-send-timeout": "3600",
        },
    )


class Timeouts(Model):
    """Of routes, as Gateway API writes durations."""

    request: str = described(
        "For a request; more than `services.gateway.settings.callTimeoutS`.", "310s", pattern=r"^\d+(s|m|h)$"
    )
    stream: str = described("For `/v1/stream` and the bytes of files; `0s` is none.", "0s", pattern=r"^\d+(s|m|h)$")


class Edge(Model):
    """How people and partners get in."""

    mode: Literal["gatewayApi", "ingress", "none"] = described("HTTPRoute, Ingress, or neither.", "gatewayApi")
    host: str = described(
        "Host name of the suite; its address is `https://<host>`.", "sales.example.com", pattern=r"^[a-z0-9.-]+$"
    )
    parentRefs: list[ParentRef] = described(
        "Gateways that the route hangs on.", [ParentRef(name="edge", namespace="", sectionName="")]
    )
    ingress: IngressOptions = described("With `mode: ingress`.", IngressOptions())
    timeouts: Timeouts = described("Of routes.", Timeouts())
    grpc: GrpcRoutes = described("gRPC from outside.", GrpcRoutes())
    trustedProxies: str = described(
        "Addresses or networks, comma separated, whose `X-Forwarded-For` is believed: those of the edge's pods.",
        "10.0.0.0/8",
    )
