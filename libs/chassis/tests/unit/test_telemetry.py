from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

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


def test_the_metrics_endpoint_shows_durations_in_the_agreed_buckets() -> None:
    # The providers are of the process, and this test's process has the recording ones: so another process serves.
    program = """
import sys
from chassis import metric_names, telemetry
running = telemetry.start("lead-router", metrics_listen="127.0.0.1:0")
telemetry.meter.create_histogram(metric_names.RPC_SERVER_CALL_DURATION, unit="s").record(0.02, {"rpc.method": "m"})
print(running.metrics_port, flush=True)
sys.stdin.readline()
running.shutdown()
"""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())

        page = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        process.communicate("stop\n")

    assert process.returncode == 0
    assert 'rpc_server_call_duration_seconds_bucket{le="0.005",rpc_method="m"} 0.0' in page
    assert 'rpc_server_call_duration_seconds_bucket{le="0.025",rpc_method="m"} 1.0' in page
    assert 'service_name="lead-router"' in page


def test_without_a_collector_a_trace_goes_on_by_its_ids_and_nothing_is_recorded() -> None:
    program = """
from chassis import telemetry
running = telemetry.start("lead-router")
with telemetry.continued_span("call", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") as span:
    print(span.is_recording(), telemetry.inject())
running.shutdown()
"""

    said = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)

    is_recording, traceparent = said.stdout.split()
    assert is_recording == "False"
    assert traceparent.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert "b7ad6b7169203331" not in traceparent


def test_every_name_is_unique() -> None:
    names = [value for key, value in vars(metric_names).items() if key.isupper() and isinstance(value, str)]

    assert len(names) == len(set(names))
