"""Breaks the chart, one rule at a time, and wants the rule to say so: a rule that never fails shows nothing."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import network_policies  # noqa: F401 - adds its rules
from .policies import RULES
from .rendering import CHART, Rendered, example, rendered, template

pytestmark = pytest.mark.chart


@dataclass(frozen=True)
class Break:
    """One change of one template."""

    rule: str
    file: str
    old: str
    new: str
    example: str = "production"


BREAKS = (
    Break("pods_are_restricted", "_pods.tpl", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    Break("pods_are_restricted", "_pods.tpl", "  drop: [ALL]", "  drop: [NET_RAW]"),
    Break("writable_places_are_small_and_gone_with_the_pod", "_pods.tpl", "emptyDir: {sizeLimit: {{ .workload.temporarySpace }}}", "emptyDir: {}"),
    Break("accounts_are_apart_and_hold_no_token", "_pods.tpl", "automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    Break("accounts_are_apart_and_hold_no_token", "migrations.yaml", "serviceAccountName: {{ $name }}", "serviceAccountName: {{ $.Values.suite }}-{{ $service }}"),
    Break("containers_say_what_they_need", "_pods.tpl", "{{- toYaml .resources | nindent 2 }}", "  requests: {cpu: 1m, memory: 1Mi}"),
    Break("images_are_pinned", "_names.tpl", '{{ printf "%s@%s" $repository $image.digest }}', "{{ $repository }}:latest"),
    Break("probes_ask_for_what_they_mean", "_pods.tpl", "service: liveness}", "service: readiness}"),
    Break("rollouts_leave_no_gap", "workloads.yaml", "maxUnavailable: 0", "maxUnavailable: 1"),
    Break("rollouts_leave_no_gap", "scaling.yaml", "AlwaysAllow", "IfHealthyBudget"),
    Break("pods_are_spread", "workloads.yaml", '"kubernetes.io/hostname"', '"kubernetes.io/arch"'),
    Break("one_owner_of_the_number_of_pods", "workloads.yaml", "{{- if not $workload.autoscaling.enabled }}", "{{- if true }}"),
    Break("autoscalers_are_tame", "scaling.yaml", 'excludePersistentLag: "true"', 'excludePersistentLag: "false"'),
    Break("pods_stop_in_good_order", "workloads.yaml", "$stop.graceSeconds 10", "$stop.graceSeconds 0"),
    Break("a_changed_setting_restarts_its_pods", "workloads.yaml", "checksum/config:", "checksum/other:"),
    Break("migrations_run_before_and_need_nothing_that_comes_after", "migrations.yaml", 'helm.sh/hook-weight: "-10"', 'helm.sh/hook-weight: "10"'),
    Break("migrations_run_before_and_need_nothing_that_comes_after", "secrets.yaml", "helm.sh/hook: pre-install,pre-upgrade", "throughline/hook: none"),
    Break("secrets_are_only_referred_to", "_settings.tpl", "  valueFrom:\n    secretKeyRef: {name: {{ $secret }}, key: {{ $key }}}", "  value: s3cret"),
    Break("names_lead_somewhere", "_settings.tpl", "%s-%s-headless:50051", "%s-%s:50051"),
    Break("labels_are_one_scheme", "_names.tpl", "app.kubernetes.io/instance: {{ .root.Values.suite }}", "app.kubernetes.io/instance: {{ .root.Release.Name }}-x"),
    Break("nothing_comes_or_goes_unnamed", "network.yaml", "policyTypes: [Ingress, Egress]\n{{- range", "policyTypes: [Ingress]\n{{- range"),
    Break("calls_follow_the_table", "_network.tpl", "{{- range $contacts.calls }}", '{{- range list "scoring" }}'),
    Break("webhooks_stay_outside", "_network.tpl", "except: {{ toJson $network.webhooks.exceptV4 }}", "except: [240.0.0.0/4]"),
    Break("the_mesh_admits_only_callers", "mesh.yaml", "sa/{{ $.Values.suite }}-{{ . }}", "sa/{{ $.Values.suite }}-any", "mesh-mTLS"),
    Break("the_broker_admits_only_what_is_used", "kafka.yaml", "operations: [Describe, Write]", "operations: [All]", "managed-infrastructure"),
    Break("the_broker_admits_only_what_is_used", "kafka.yaml", "patternType: literal", "patternType: prefix", "managed-infrastructure"),
    Break("connections_are_encrypted", "_settings.tpl", '"transport" $values.transport', '"transport" "plaintext"'),
)  # fmt: skip


@pytest.mark.parametrize(
    "broken", BREAKS, ids=lambda each: f"{each.rule}-{each.file}-{re.sub(r'[^a-z]+', '-', each.new.lower())[:24]}"
)
def test_rule_notices_that_it_is_broken(broken: Break, tmp_path: Path) -> None:
    chart = tmp_path / "throughline"
    shutil.copytree(CHART, chart)
    path = chart / "templates" / broken.file
    text = path.read_text()
    assert broken.old in text
    path.write_text(text.replace(broken.old, broken.new))

    render = Rendered(template(example(broken.example), chart=chart), rendered(broken.example).values)
    faults = list(RULES[broken.rule](render))

    assert faults


def test_every_rule_is_broken_once() -> None:
    assert {broken.rule for broken in BREAKS} == set(RULES)
