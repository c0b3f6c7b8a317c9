"""Rules over who may reach whom: the table `callGraph`, and nothing else, in network, mesh and broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .policies import rule
from .rendering import NAMESPACE, Rendered, Workload

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
_PRIVATE_V6 = ("fc00::/7", "fe80::/10", "::ffff:0:0/96", "64:ff9b::/96")


def _selecting(render: Rendered, pod: Workload) -> list[dict[str, Any]]:
    policies = render.of_kind("NetworkPolicy")
    return [
        each["spec"] for each in policies if each["spec"]["podSelector"]["matchLabels"].items() <= pod.labels.items()
    ]


@rule
def nothing_comes_or_goes_unnamed(render: Rendered) -> Iterator[str]:
    for pod in render.pods:
        policies = _selecting(render, pod)
        shut = [each for each in policies if not each.get("ingress") and not each.get("egress")]
        if not any(set(each["policyTypes"]) == {"Ingress", "Egress"} for each in shut):
            yield f"{pod.name}: no default-deny both ways"
        for policy in policies:
            for way in ("ingress", "egress"):
                yield from (
                    f"{pod.name}: an {way} rule without ports" for each in policy.get(way, []) if not each.get("ports")
                )
            yield from (
                f"{pod.name}: anybody may come in" for each in policy.get("ingress", []) if not each.get("from")
            )


@rule
def calls_follow_the_table(render: Rendered) -> Iterator[str]:
    """Both sides of every call: who may call out, and whom the called one lets in."""
    graph = render.values["callGraph"]
    for pod in render.lasting:
        outward, inward = set(), set()
        for policy in _selecting(render, pod):
            for each in policy.get("egress", []):
                if 50051 in _ports(each):
                    outward |= {peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for peer in each["to"]}
            for each in policy.get("ingress", []):
                if 50051 in _ports(each):
                    names = (peer.get("podSelector", {}).get("matchLabels", {}) for peer in each["from"])
                    inward |= {
                        labels["app.kubernetes.io/name"] for labels in names if "app.kubernetes.io/name" in labels
                    }
        calls = set(graph[pod.service]["calls"])
        callers = (
            {name for name, contacts in graph.items() if pod.service in contacts["calls"]}
            if pod.role == "serve"
            else set()
        )
        if outward != calls:
            yield f"{pod.name}: may call {sorted(outward)}, calls {sorted(calls)}"
        if inward != callers:
            yield f"{pod.name}: lets in {sorted(inward)}, is called by {sorted(callers)}"


@rule
def webhooks_stay_outside(render: Rendered) -> Iterator[str]:
    """Customers choose where webhooks lead: never to us."""
    for pod in render.lasting:
        wide = [
            block["ipBlock"]
            for policy in _selecting(render, pod)
            for each in policy.get("egress", [])
            for block in each.get("to", [])
            if block.get("ipBlock", {}).get("cidr") in ("0.0.0.0/0", "::/0")
        ]
        if bool(wide) != (pod.service == "gateway" and pod.role == "worker"):
            yield f"{pod.name}: {'may' if wide else 'may not'} call the world"
        for block in wide:
            missing = set(_PRIVATE if "." in block["cidr"] else _PRIVATE_V6) - set(block.get("except", []))
            yield from (f"{pod.name}: webhooks may reach {network}" for network in sorted(missing))


@rule
def the_mesh_admits_only_callers(render: Rendered) -> Iterator[str]:
    if render.values["transport"] != "mesh":
        yield from (
            f"{each['kind']} without a mesh" for each in render.of_kind("PeerAuthentication", "AuthorizationPolicy")
        )
        return
    graph = render.values["callGraph"]
    policies = {each["metadata"]["name"]: each["spec"] for each in render.of_kind("AuthorizationPolicy")}
    edge = {f"cluster.local/ns/{each.replace('/', '/sa/')}" for each in render.values["mesh"]["edgeIdentities"]}
    for service, spec in ((service, policies.get(f"throughline-{service}")) for service in graph):
        if spec is None or spec["action"] != "ALLOW":
            yield f"{service}: no AuthorizationPolicy that allows"
            continue
        admitted = {
            principal
            for each in spec["rules"]
            if any("50051" in to["operation"]["ports"] for to in each["to"])
            for source in each.get("from", [{"source": {"principals": ["anybody"]}}])
            for principal in source["source"]["principals"]
        }
        callers = {name for name, contacts in graph.items() if service in contacts["calls"]}
        wanted = {f"cluster.local/ns/{NAMESPACE}/sa/throughline-{name}" for name in callers}
        if service in render.values["edge"]["grpc"]["services"] and render.values["edge"]["grpc"]["enabled"]:
            wanted |= edge
        if admitted != wanted:
            yield f"{service}: the mesh admits {sorted(admitted)}"
    strict = [each for each in render.of_kind("PeerAuthentication") if each["spec"]["mtls"]["mode"] == "STRICT"]
    if len(strict) != len(graph):
        yield "not every service demands mTLS"


@rule
def the_broker_admits_only_what_is_used(render: Rendered) -> Iterator[str]:
    """Literal names, least operations."""
    graph = render.values["callGraph"]
    users = render.of_kind("KafkaUser")
    if bool(users) != render.values["kafka"]["manage"]:
        yield f"{len(users)} KafkaUsers"
    for user in users:
        contacts = graph[user["metadata"]["labels"]["app.kubernetes.io/name"]]
        found = {
            (a["resource"]["type"], a["resource"]["name"], op)
            for a in user["spec"]["authorization"]["acls"]
            for op in a["operations"]
        }
        if any(acl["resource"]["patternType"] != "literal" for acl in user["spec"]["authorization"]["acls"]):
            yield f"{user['metadata']['name']}: a pattern"
        read = {topic for topics in contacts["consumers"].values() for topic in topics} | set(contacts["reads"])
        wanted = {
            ("topic", f"throughline.{each}.v1", op) for each in contacts["produces"] for op in ("Describe", "Write")
        }
        wanted |= {("topic", f"throughline.{each}.v1", op) for each in read for op in ("Describe", "Read")}
        wanted |= {("group", each, op) for each in contacts["consumers"] for op in ("Describe", "Read")}
        yield from (f"{user['metadata']['name']}: {acl}" for acl in sorted(found ^ wanted))
    topics = [each["spec"]["topicName"] for each in render.of_kind("KafkaTopic")]
    produced = {f"throughline.{each}.v1" for contacts in graph.values() for each in contacts["produces"]}
    if users and sorted(topics) != sorted(produced):
        yield f"topics: {sorted(set(topics) ^ produced)}"


@rule
def connections_are_encrypted(render: Rendered) -> Iterator[str]:
    for config in render.of_kind("ConfigMap"):
        for key, value in config["data"].items():
            if key.endswith("_TRANSPORT") and value not in ("tls", "mesh"):
                yield f"{key}: {value}"
    if render.values["transport"] == "tls":
        for pod in render.lasting:
            mounted = {volume["secret"]["secretName"] for volume in pod.spec["volumes"] if "secret" in volume}
            if f"throughline-{pod.service}-tls" not in mounted:
                yield f"{pod.name}: no certificate"
        if render.values["tls"]["source"] == "certManager":
            for pod in render.lasting:
                names = render.named("Certificate", f"throughline-{pod.service}")["spec"]["dnsNames"]
                if f"throughline-{pod.service}-headless" not in names:
                    yield f"{pod.name}: its certificate lacks the name that callers use"


def _ports(each: dict[str, Any]) -> set[int]:
    return {port["port"] for port in each.get("ports", [])}
