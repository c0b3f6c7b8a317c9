"""What every render of the chart must keep, each rule a function that names what breaks it.

`test_policies` runs all of them on all examples; `test_broken_rules` breaks the chart and wants them to notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .rendering import Rendered, Workload

Rule = Callable[[Rendered], Iterator[str]]
RULES: dict[str, Rule] = {}


def rule(check: Rule) -> Rule:
    """Adds it to those that are run."""
    RULES[check.__name__] = check
    return check


def differing(where: str, found: Any, wanted: dict[str, Any]) -> Iterator[str]:
    """A fault for each key that is not as wanted."""
    for key, value in wanted.items():
        if (found or {}).get(key) != value:
            yield f"{where}: {key} is {(found or {}).get(key)!r}, not {value!r}"


@rule
def pods_are_restricted(render: Rendered) -> Iterator[str]:
    user = {"runAsNonRoot": True, "runAsUser": 10001, "runAsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    locked = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    for pod in render.pods:
        yield from differing(pod.name, pod.spec.get("securityContext"), user)
        for container in pod.containers:
            yield from differing(
                f"{pod.name} {container['name']}", container.get("securityContext"), {**user, **locked}
            )
        for key in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
            if pod.spec.get(key):
                yield f"{pod.name}: {key}"


@rule
def writable_places_are_small_and_gone_with_the_pod(render: Rendered) -> Iterator[str]:
    for pod in render.pods:
        kinds = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
        for volume in kinds.values():
            if "emptyDir" in volume and not (volume["emptyDir"] or {}).get("sizeLimit"):
                yield f"{pod.name}: {volume['name']} has no sizeLimit"
            if not {"emptyDir", "secret", "configMap"} & set(volume):
                yield f"{pod.name}: {volume['name']} is none of the kinds allowed"
        for container in pod.containers:
            for mount in container.get("volumeMounts", []):
                if "emptyDir" not in kinds[mount["name"]] and not mount.get("readOnly"):
                    yield f"{pod.name}: {mount['mountPath']} is writable"


@rule
def accounts_are_apart_and_hold_no_token(render: Rendered) -> Iterator[str]:
    accounts = {each["metadata"]["name"]: each for each in render.of_kind("ServiceAccount")}
    users: dict[str, set[str]] = {}
    for pod in render.pods:
        wanted = {"automountServiceAccountToken": False, "enableServiceLinks": False}
        yield from differing(pod.name, pod.spec, wanted)
        name = pod.spec.get("serviceAccountName", "default")
        if name not in accounts:
            yield f"{pod.name}: its account {name} is not rendered"
        users.setdefault(name, set()).add(f"{pod.service} {'migrate' if pod.role == 'migrate' else 'runs'}")
    for name, account in accounts.items():
        yield from differing(f"ServiceAccount/{name}", account, {"automountServiceAccountToken": False})
        if len(users.get(name, set())) != 1:
            yield f"ServiceAccount/{name}: used by {sorted(users.get(name, set()))}"
    for each in render.of_kind("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        yield f"{each['kind']}/{each['metadata']['name']}: nothing here needs the API server"


@rule
def containers_say_what_they_need(render: Rendered) -> Iterator[str]:
    for pod in render.pods:
        for container in pod.containers:
            resources = container.get("resources", {})
            for group, key in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
                if not resources.get(group, {}).get(key):
                    yield f"{pod.name} {container['name']}: no {group}.{key}"


@rule
def images_are_pinned(render: Rendered) -> Iterator[str]:
    for pod in render.pods:
        given = render.values["services"][pod.service]["image"]
        ending = (
            f"@{given['digest']}" if given["digest"] else f":{given['tag'] or render.values['image']['tag'] or '0.1.0'}"
        )
        for container in pod.containers:
            image = container["image"]
            if not image.endswith(f"/throughline-{pod.service}{ending}") or image.endswith(":latest"):
                yield f"{pod.name} {container['name']}: {image}"
            if container["args"] != [pod.role]:
                yield f"{pod.name} {container['name']}: runs {container['args']}"


@rule
def probes_ask_for_what_they_mean(render: Rendered) -> Iterator[str]:
    """Liveness depends on nothing outside; the role that serves HTTP is asked over HTTP."""
    port = 50052 if render.values["transport"] == "tls" else 50051
    for pod in render.lasting:
        by_http = pod.service == "gateway" and pod.role == "serve"
        for container in pod.containers:
            for probe, name, path in (
                ("startupProbe", "liveness", "/livez"),
                ("livenessProbe", "liveness", "/livez"),
                ("readinessProbe", "readiness", "/readyz"),
            ):
                found = container.get(probe, {})
                wanted = (
                    {"httpGet": {"path": path, "port": "http"}}
                    if by_http
                    else {"grpc": {"port": port, "service": name}}
                )
                yield from differing(f"{pod.name} {probe}", found, wanted)
            if container.get("startupProbe", {}).get("failureThreshold", 0) * 2 < 60:
                yield f"{pod.name}: a slow start is not waited for"


@rule
def rollouts_leave_no_gap(render: Rendered) -> Iterator[str]:
    for pod in render.lasting:
        rolling = pod.owner["spec"]["strategy"].get("rollingUpdate", {})
        yield from differing(pod.name, rolling, {"maxUnavailable": 0, "maxSurge": 1})
        selector = pod.owner["spec"]["selector"]["matchLabels"]
        if not selector.items() <= pod.labels.items():
            yield f"{pod.name}: selects other pods than its own"
        budgets = [
            each["spec"]
            for each in render.of_kind("PodDisruptionBudget")
            if each["spec"]["selector"]["matchLabels"].items() <= pod.labels.items()
        ]
        if len(budgets) != 1:
            yield f"{pod.name}: {len(budgets)} disruption budgets"
        for budget in budgets:
            yield from differing(pod.name, budget, {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"})


@rule
def pods_are_spread(render: Rendered) -> Iterator[str]:
    for pod in render.lasting:
        spread = {each["topologyKey"]: each for each in pod.spec.get("topologySpreadConstraints", [])}
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname"):
            selector = spread.get(key, {}).get("labelSelector", {}).get("matchLabels", {})
            if not selector or not selector.items() <= pod.labels.items():
                yield f"{pod.name}: not spread over {key} by its own labels"
            elif selector.get("app.kubernetes.io/component") != pod.role:
                yield f"{pod.name}: spread over {key} together with other pods"


@rule
def one_owner_of_the_number_of_pods(render: Rendered) -> Iterator[str]:
    scalers: dict[str, list[str]] = {}
    for each in render.of_kind("HorizontalPodAutoscaler", "ScaledObject"):
        scalers.setdefault(each["spec"]["scaleTargetRef"]["name"], []).append(each["kind"])
    for pod in render.lasting:
        owners = scalers.pop(pod.owner["metadata"]["name"], [])
        wanted = ["HorizontalPodAutoscaler" if pod.role == "serve" else "ScaledObject"]
        if owners and owners != wanted:
            yield f"{pod.name}: scaled by {owners}"
        if bool(owners) == ("replicas" in pod.owner["spec"]):
            yield f"{pod.name}: replicas {pod.owner['spec'].get('replicas')} beside {owners}"
    yield from (f"{name}: scaled, but not there" for name in scalers)


@rule
def autoscalers_are_tame(render: Rendered) -> Iterator[str]:
    for each in render.of_kind("ScaledObject"):
        name, spec = each["metadata"]["name"], each["spec"]
        if spec["maxReplicaCount"] > render.values["kafka"]["partitions"] or spec["minReplicaCount"] < 1:
            yield f"{name}: from {spec['minReplicaCount']} to {spec['maxReplicaCount']}"
        if not spec.get("fallback", {}).get("replicas"):
            yield f"{name}: no fallback"
        behavior = spec.get("advanced", {}).get("horizontalPodAutoscalerConfig", {}).get("behavior", {})
        yield from differing(name, behavior.get("scaleDown"), {"stabilizationWindowSeconds": 300})
        service = each["metadata"]["labels"]["app.kubernetes.io/name"]
        groups = {trigger["metadata"]["consumerGroup"] for trigger in spec["triggers"]}
        if groups != set(render.values.get("callGraph", {})[service]["consumers"]):
            yield f"{name}: looks at {sorted(groups)}"
        for trigger in spec["triggers"]:
            yield from differing(name, trigger["metadata"], {"excludePersistentLag": "true"})
    for each in render.of_kind("HorizontalPodAutoscaler"):
        metric = each["spec"]["metrics"][0]
        if metric["resource"]["name"] != "cpu":
            yield f"{each['metadata']['name']}: not by CPU"


@rule
def pods_stop_in_good_order(render: Rendered) -> Iterator[str]:
    """The time a pod is given is what its parts take, and the service is told the same numbers."""
    for pod in render.lasting:
        config = render.named("ConfigMap", f"throughline-{pod.service}")["data"]
        prefix = pod.service.replace("-", "_").upper()
        drain, grace = int(config[f"{prefix}_DRAIN_S"]), int(config[f"{prefix}_GRACE_S"])
        for container in pod.containers:
            sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            if not sleep:
                yield f"{pod.name}: leaves while endpoints still name it"
            if pod.spec["terminationGracePeriodSeconds"] != sleep + drain + grace + 10:
                yield f"{pod.name}: {pod.spec['terminationGracePeriodSeconds']} s, not {sleep} + {drain} + {grace} + 10"


@rule
def a_changed_setting_restarts_its_pods(render: Rendered) -> Iterator[str]:
    for pod in render.lasting:
        if len(pod.template["metadata"].get("annotations", {}).get("checksum/config", "")) != 64:
            yield f"{pod.name}: no checksum/config"


@rule
def migrations_run_before_and_need_nothing_that_comes_after(render: Rendered) -> Iterator[str]:
    hooked = render.values["migrations"]["mode"] == "hook"
    present = {
        (each["kind"], each["metadata"]["name"]): each["metadata"].get("annotations", {}) for each in render.objects
    }
    for pod in (pod for pod in render.pods if pod.owner["kind"] == "Job"):
        spec, annotations = pod.owner["spec"], pod.owner["metadata"].get("annotations", {})
        if "backoffLimit" not in spec or "activeDeadlineSeconds" not in spec:
            yield f"{pod.name}: may try for ever"
        if not hooked:
            if "helm.sh/hook" in annotations or not pod.owner["metadata"]["name"].split("-migrate-")[1:]:
                yield f"{pod.name}: not named by what it runs"
            continue
        wanted = {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation"}
        yield from differing(pod.name, annotations, wanted)
        for needed in _needs(pod):
            there = present.get(needed, {"helm.sh/hook": "exists", "helm.sh/hook-weight": "-99"})
            is_before = int(there.get("helm.sh/hook-weight", "0")) < int(annotations.get("helm.sh/hook-weight", "0"))
            if "helm.sh/hook" not in there or not is_before:
                yield f"{pod.name}: {needed[0]}/{needed[1]} comes after it"
    if {pod.service for pod in render.pods if pod.role == "migrate"} != {pod.service for pod in render.lasting}:
        yield "not every service migrates"


def _needs(pod: Workload) -> Iterator[tuple[str, str]]:
    """Kinds and names that must be there before a pod starts; what is not rendered exists already."""
    yield "ServiceAccount", pod.spec["serviceAccountName"]
    yield "NetworkPolicy", pod.owner["metadata"]["name"]
    for volume in pod.spec.get("volumes", []):
        if "secret" in volume:
            yield "ExternalSecret", volume["secret"]["secretName"]
            yield "Certificate", volume["secret"]["secretName"].removesuffix("-tls")
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
    for container in pod.containers:
        for source in container.get("envFrom", []):
            yield "ConfigMap", source["configMapRef"]["name"]
        for variable in container.get("env", []):
            if "valueFrom" in variable:
                yield "ExternalSecret", variable["valueFrom"]["secretKeyRef"]["name"]


@rule
def secrets_are_only_referred_to(render: Rendered) -> Iterator[str]:
    for each in render.of_kind("Secret"):
        yield f"Secret/{each['metadata']['name']}: rendered"
    for pod in render.pods:
        for container in pod.containers:
            for variable in container.get("env", []):
                if "value" in variable:
                    yield f"{pod.name}: {variable['name']} has a value"
    for word in ("postgresql+asyncpg://", "postgresql://", "PRIVATE KEY", "secret_access_key"):
        if word in render.text:
            yield f"{word} is rendered"


@rule
def names_lead_somewhere(render: Rendered) -> Iterator[str]:
    """Selectors find pods, ports are open, routes and autoscalers meet what is rendered."""
    pods = list(render.lasting)
    for service in render.of_kind("Service"):
        name, chosen = service["metadata"]["name"], service["spec"]["selector"]
        found = [pod for pod in pods if chosen.items() <= pod.labels.items()]
        if not found:
            yield f"Service/{name}: selects no pod"
        for pod in found:
            ports = {port["name"] for container in pod.containers for port in container["ports"]}
            yield from (
                f"Service/{name}: {p['targetPort']} is closed"
                for p in service["spec"]["ports"]
                if p["targetPort"] not in ports
            )
    services = {
        (each["metadata"]["name"], port["port"]) for each in render.of_kind("Service") for port in each["spec"]["ports"]
    }
    for route in render.of_kind("HTTPRoute", "GRPCRoute"):
        for each in route["spec"]["rules"]:
            if route["kind"] == "HTTPRoute" and not each.get("timeouts", {}).get("request"):
                yield f"{route['metadata']['name']}: a rule without a timeout"
            yield from (
                f"{route['kind']}: leads to {back['name']}:{back['port']}, which is not there"
                for back in each["backendRefs"]
                if (back["name"], back["port"]) not in services
            )
    for config in render.of_kind("ConfigMap"):
        for key, value in config["data"].items():
            if key.endswith("_PEERS"):
                names = {part.split(":50051")[0] for part in value.split("dns:///")[1:]}
                yield from (f"{key}: {name} is not there" for name in names if (name, 50051) not in services)


@rule
def labels_are_one_scheme(render: Rendered) -> Iterator[str]:
    for each in render.objects:
        labels = each["metadata"].get("labels", {})
        yield from differing(
            f"{each['kind']}/{each['metadata']['name']}", labels, {"app.kubernetes.io/instance": "throughline"}
        )
