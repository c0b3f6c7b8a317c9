"""What holds over whole renders: the same bytes, the same objects, nothing secret, flags that do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from charting.call_graph import SERVICES
from charting.service_settings import SECRET

from .rendering import CHART, EXAMPLES, Object, Refused, Rendered, example, merged, rendered, template

pytestmark = pytest.mark.chart


def _by_identity(objects: list[Object]) -> dict[tuple[str, str], Object]:
    keyed = {(each["kind"], each["metadata"]["name"]): each for each in objects}
    assert len(keyed) == len(objects), "an object is rendered twice"
    return keyed


@pytest.mark.parametrize("name", EXAMPLES)
def test_rendering_again_under_another_release_name_gives_identical_bytes(name: str) -> None:
    assert template(example(name), release="another") == rendered(name).text


@pytest.mark.parametrize("name", EXAMPLES)
def test_both_majors_of_helm_render_the_same(name: str) -> None:
    of_three = Rendered(template(example(name), major=3), {})

    assert _by_identity(of_three.objects) == _by_identity(rendered(name).objects)


def test_templates_ask_no_cluster_no_clock_and_no_dice() -> None:
    asked = re.compile(r"\b(lookup|now|date|rand\w*|uuidv4|gen[A-Z]\w+|htpasswd|bcrypt|derivePassword)\b")
    found = [
        f"{path.name}: {word}"
        for path in (CHART / "templates").iterdir()
        for code in re.findall(r"{{-?(?!/\*)(.*?)}}", path.read_text(), flags=re.DOTALL)
        for word in asked.findall(re.sub(r'"[^"]*"', "", code))
    ]

    assert not found


@pytest.mark.parametrize("name", ["production", "managed-infrastructure", "mesh-mTLS"])
def test_five_releases_with_one_service_each_are_one_release(name: str) -> None:
    found: list[Object] = []
    for alone in SERVICES:
        off = [f"--set=services.{service}.enabled=false" for service in SERVICES if service != alone]
        found += Rendered(template(example(name), *off, release=f"sales-{alone}"), {}).objects

    assert _by_identity(found) == _by_identity(rendered(name).objects)


@pytest.mark.parametrize(
    ("key", "canary"),
    [
        *(
            (f"services.{service}.settings.{name}", "canary")
            for service in SERVICES
            for name in ("databaseUrl", "clientSecret")
        ),
        *((f"services.gateway.settings.{name}", "canary") for name in sorted(SECRET)),
        ("objectStore.url", "s3://key:canary@bucket"),
        ("kafka.bootstrap", "user:canary@broker:9092"),
        ("identity.tokenUrl", "https://user:canary@sso.example.com/token"),
        ("telemetry.otlpEndpoint", "user:canary@collector:4317"),
    ],
)
def test_a_secret_given_as_a_value_is_refused_and_not_rendered(key: str, canary: str) -> None:
    with pytest.raises(Refused):
        template(example("minimal"), f"--set={key}={canary}")


@pytest.mark.parametrize(
    ("flag", "kind"),
    [
        ("monitoring.serviceMonitor.enabled", "ServiceMonitor"),
        ("kafka.manage", "KafkaUser"),
        ("kafka.manage", "KafkaTopic"),
        ("externalSecrets.enabled", "ExternalSecret"),
        ("network.enabled", "NetworkPolicy"),
        ("services.gateway.serve.autoscaling.enabled", "HorizontalPodAutoscaler"),
        ("services.gateway.worker.autoscaling.enabled", "ScaledObject"),
    ],
)
def test_a_flag_brings_its_objects_and_takes_them_away(flag: str, kind: str) -> None:
    on = Rendered(template(example("minimal"), f"--set={flag}=true"), {})
    off = Rendered(template(example("minimal"), f"--set={flag}=false"), {})

    assert on.of_kind(kind)
    assert not off.of_kind(kind)


def test_rules_and_dashboards_are_those_of_the_files(tmp_path: Path) -> None:
    """The files come from another generator; where there are none, none are rendered."""
    rules = sorted((CHART / "files" / "rules").glob("*.yaml"))
    boards = sorted((CHART / "files" / "dashboards").glob("*.json"))
    on = rendered("production")

    groups = [group for each in on.of_kind("PrometheusRule") for group in each["spec"]["groups"]]
    shown = [each for each in on.of_kind("ConfigMap") if "-dashboard-" in each["metadata"]["name"]]

    assert groups == [group for path in rules for group in yaml.safe_load(path.read_text())["groups"]]
    assert [each["data"] for each in shown] == [{path.name: path.read_text()} for path in boards]
    assert not rendered("minimal").of_kind("PrometheusRule")


def test_a_mesh_of_linkerd_admits_the_same_callers() -> None:
    values = merged(rendered("mesh-mTLS").values, {"mesh": {"kind": "linkerd"}})
    render = Rendered(template(example("mesh-mTLS"), "--set=mesh.kind=linkerd"), values)

    for service, contacts in values["callGraph"].items():
        callers = {name for name, each in values["callGraph"].items() if service in each["calls"]}
        found = {
            ref["name"].removeprefix("throughline-")
            for each in render.of_kind("MeshTLSAuthentication")
            if each["metadata"]["name"] == f"throughline-{service}-callers"
            for ref in each["spec"]["identityRefs"]
        }
        partners = {"edge-istio"} if service == "lead-router" else set()
        assert found == callers | partners, contacts


def test_a_database_made_here_is_for_its_own_two_roles() -> None:
    render = rendered("managed-infrastructure")
    (cluster,) = render.of_kind("Cluster")
    roles = {role["name"]: role for role in cluster["spec"]["managed"]["roles"]}

    assert {each["spec"]["name"] for each in render.of_kind("Database")} == {s.replace("-", "_") for s in SERVICES}
    for service in SERVICES:
        name = service.replace("-", "_")
        assert roles[f"{name}_login"]["inherit"] is False
        assert roles[f"{name}_login"]["inRoles"] == [f"{name}_app", f"{name}_system"]
        assert not any(
            roles[f"{name}_{role}"].get("superuser") or roles[f"{name}_{role}"].get("bypassrls")
            for role in ("owner", "login")
        )
        assert f"host {name} all all reject" in cluster["spec"]["postgresql"]["pg_hba"]
