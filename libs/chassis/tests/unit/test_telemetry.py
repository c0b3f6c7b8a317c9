from __future__ import annotations

import subprocess
import sys

import httpx
import pytest
from opentelemetry.semconv._incubating.metrics import db_metrics, http_metrics, messaging_metrics, rpc_metrics
from opentelemetry.semconv.schemas import Schemas

from chassis import metric_names, telemetry


def test_a_linked_span_belongs_to_the_trace_of_its_origin_and_links_to_it() -> None:
    recorded = telemetry.record_for_tests()
    with telemetry.tracer.start_as_current_span("request"):
        traceparent = telemetry.inject()

    with telemetry.linked_span("consume", traceparent, attributes={"consumer": "c"}):
        pass

    request, consume = recorded.spans.get_finished_spans()
    assert consume.context.trace_id == request.context.trace_id
    assert [link.context.span_id for link in consume.links] == [request.context.span_id]


@pytest.mark.parametrize("damaged", ["", "00-zz-yy-01", "00-00000000000000000000000000000000-0000000000000000-01"])
def test_a_damaged_traceparent_begins_a_new_trace(damaged: str) -> None:
    recorded = telemetry.record_for_tests()

    with telemetry.linked_span("consume", damaged):
        assert telemetry.span_context(damaged) is None

    (span,) = recorded.spans.get_finished_spans()
    assert span.parent is None
    assert not span.links


def test_a_failure_marks_the_span_by_its_class_without_its_text() -> None:
    recorded = telemetry.record_for_tests()

    with pytest.raises(ValueError, match="canary"), telemetry.linked_span("consume", ""):
        raise ValueError("canary")

    (span,) = recorded.spans.get_finished_spans()
    assert not span.status.is_ok
    assert "ValueError" in span.to_json()
    assert "canary" not in span.to_json()


def test_outside_of_a_span_there_is_nothing_to_inject() -> None:
    assert telemetry.inject() == ""


_SERVED = """
import sys
from opentelemetry import trace
from chassis import metric_names, telemetry
running = telemetry.start("lead-router", metrics_listen="127.0.0.1:0", otlp_endpoint=sys.argv[1] or None)
with telemetry.tracer.start_as_current_span("call") as span:
    telemetry.histogram(metric_names.RPC_SERVER_CALL_DURATION).record(0.02, {"rpc.method": "m"})
telemetry.counter(metric_names.DUPLICATES_DROPPED).add(2, {"consumer": "c"})
print(running.metrics_port, trace.format_trace_id(span.get_span_context().trace_id), flush=True)
sys.stdin.readline()
running.shutdown()
"""


def _served_page(otlp_endpoint: str, accept: str) -> tuple[str, str]:
    """The page of a process, and the trace in which it has measured a call.

    The providers are of the process, and this test's process has the recording ones: so another process serves.
    """
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", _SERVED, otlp_endpoint],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        port, trace_id = process.stdout.readline().split()

        page = httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"accept": accept}).text
        process.kill()  # with a collector that is not there, it would try to send its span first
    return page, trace_id


def test_the_metrics_endpoint_shows_durations_in_the_agreed_buckets() -> None:
    page, _ = _served_page(otlp_endpoint="", accept="text/plain")

    duration = "rpc_server_call_duration_seconds"
    labels = 'rpc_method="m",service_name="lead-router"'
    assert f'{duration}_bucket{{le="0.005",{labels}}} 0.0' in page
    assert f'{duration}_bucket{{le="0.025",{labels}}} 1.0' in page
    assert f'{duration}_bucket{{le="+Inf",{labels}}} 1.0' in page
    assert f"{duration}_count{{{labels}}} 1.0" in page
    assert 'throughline_inbox_duplicates_total{consumer="c",service_name="lead-router"} 2.0' in page
    assert "target_info{" in page


def test_the_duration_of_a_traced_call_names_its_trace() -> None:
    page, trace_id = _served_page(otlp_endpoint="127.0.0.1:1", accept="application/openmetrics-text; version=1.0.0")

    told = [line for line in page.splitlines() if trace_id in line]
    assert len(told) == 1
    assert told[0].startswith('rpc_server_call_duration_seconds_bucket{le="0.025"')
    assert page.endswith("# EOF\n")


_PASSED = """
import sys
from chassis import telemetry
running = telemetry.start("lead-router", sampled_share=float(sys.argv[2]))
with telemetry.continued_span("call", sys.argv[1]) as span, telemetry.tracer.start_as_current_span("inner"):
    print(span.is_recording(), telemetry.inject())
running.shutdown()
"""
_TRACE = "0af7651916cd43dd8448eb211c80319c"


def _passed_on(traceparent: str, sampled_share: float = 1.0) -> str:
    """What a process without a collector tells the next hop."""
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PASSED, traceparent, str(sampled_share)],
        capture_output=True,
        text=True,
        check=True,
    )
    is_recording, told = said.stdout.split()
    assert is_recording == "False"
    return told


@pytest.mark.parametrize("flags", ["00", "01"])
def test_without_a_collector_a_trace_goes_on_with_the_choice_of_who_began_it(flags: str) -> None:
    told = _passed_on(f"00-{_TRACE}-b7ad6b7169203331-{flags}")

    assert told.startswith(f"00-{_TRACE}-")
    assert "b7ad6b7169203331" not in told
    assert told.endswith(f"-{flags}")


@pytest.mark.parametrize(("share", "is_sampled"), [(1.0, True), (0.0, False)])
def test_a_trace_that_begins_without_a_collector_is_kept_by_those_who_have_one(share: float, is_sampled: bool) -> None:
    version, _, _, flags = _passed_on("", share).split("-")

    assert version == "00"
    assert bool(int(flags, 16) & 1) is is_sampled


def test_every_name_is_unique() -> None:
    names = [value for key, value in vars(metric_names).items() if key.isupper() and isinstance(value, str)]

    assert len(names) == len(set(names))


def test_names_of_conventions_are_spelled_as_these_spell_them() -> None:
    """In the pinned version: an upgrade of the package that renames any of them is seen here."""
    spelled = {
        value
        for module in (messaging_metrics, db_metrics, rpc_metrics, http_metrics)
        for key, value in vars(module).items()
        if key.isupper() and isinstance(value, str)
    }
    ours = {metric for metric in metric_names.METRICS if not metric.startswith("throughline.")}

    assert ours <= spelled
    assert metric_names.SEMANTIC_CONVENTIONS in {schema.value for schema in Schemas}


def test_an_instrument_is_of_the_kind_that_was_declared() -> None:
    with pytest.raises(TypeError, match=r"throughline\.inbox\.duplicates is declared as a counter"):
        telemetry.histogram(metric_names.DUPLICATES_DROPPED)


@pytest.mark.parametrize(
    ("metric", "exposed"),
    [
        (metric_names.RPC_SERVER_CALL_DURATION, "rpc_server_call_duration_seconds"),
        (metric_names.OUTBOX_OLDEST_AGE, "throughline_outbox_oldest_age_seconds"),
        (metric_names.CONSUMER_BUSY_TIME, "throughline_consumer_busy_time_seconds_total"),
        (metric_names.DEAD_LETTERS, "throughline_dead_letters"),
    ],
)
def test_a_metric_knows_its_name_on_the_page(metric: metric_names.Metric, exposed: str) -> None:
    assert metric.exposed == exposed
