"""Tests of the running service."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from secrets import token_hex

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otlp_receiver import attributes_of
from service import CALLER, Service, started
from waiting import wait_until


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run(tmp_path_factory.mktemp("vouchers-api")) as running:
        yield running


def run(folder: Path, environment: dict[str, str] | None = None) -> AbstractContextManager[Service]:
    command = [sys.executable, "-m", "vouchers_api"]
    return started(command, SERVICE, folder / "stdout", "VOUCHERS_LISTEN", environment or {})


def test_a_request_is_a_span_of_its_caller(service: Service) -> None:
    trace_id = token_hex(16)
    assert service.call("/vouchers/WELCOME", trace_id=trace_id) == (
        200,
        {"code": "WELCOME", "discount_percent": 10},
    )
    server = server_span(service, trace_id)
    assert (server.name, server.parent_span_id.hex()) == ("GET /vouchers/<code>", CALLER)
    found = attributes_of(server.attributes)
    assert (found["http.request.method"], found["http.response.status_code"]) == ("GET", 200)


def test_a_line_in_a_request_has_the_ids_of_its_span(service: Service) -> None:
    trace_id = token_hex(16)
    service.call("/vouchers/WELCOME", trace_id=trace_id)
    span_id = server_span(service, trace_id).span_id

    (line,) = service.lines_of(trace_id)
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "level": "info",
        "message": "voucher redeemed",
        "discount_percent": 10,
        "trace_id": trace_id,
        "span_id": span_id.hex(),
        "trace_flags": "01",
    }
    wait_until(lambda: service.receiver.records_of(trace_id), "the log record")
    (record,) = service.receiver.records_of(trace_id)
    assert (record.body.string_value, record.span_id) == ("voucher redeemed", span_id)
    # The record has fields for the trace, so no attributes of that.
    assert attributes_of(record.attributes) == {"discount_percent": 10}


def test_a_line_outside_a_request_has_no_ids(service: Service) -> None:
    (line,) = [line for line in service.lines() if line["message"].startswith("Serving on")]
    assert line.keys() == {"timestamp", "level", "message"}
    wait_until(lambda: service.receiver.records, "the log record")
    record = service.receiver.records[0]
    assert record.body.string_value == line["message"]
    assert (record.trace_id, record.span_id) == (b"", b"")


def test_a_failure_is_recorded_once_in_its_span(service: Service) -> None:
    trace_id = token_hex(16)
    assert service.call("/vouchers/BROKEN", trace_id=trace_id)[0] == 500

    server = server_span(service, trace_id)
    assert server.status.code == Status.STATUS_CODE_ERROR
    (exception,) = [event for event in server.events if event.name == "exception"]
    assert attributes_of(exception.attributes)["exception.type"] == "ZeroDivisionError"

    wait_until(lambda: service.receiver.records_of(trace_id), "the log record")
    (record,) = service.receiver.records_of(trace_id)
    attributes = attributes_of(record.attributes)
    assert record.span_id == server.span_id
    assert attributes["exception.type"] == "ZeroDivisionError"
    assert "in _share" in attributes["exception.stacktrace"]

    (line,) = service.lines_of(trace_id)
    assert (line["level"], line["span_id"]) == ("error", server.span_id.hex())
    assert "in _share" in line["exception"]


def test_no_line_is_lost_at_the_end(tmp_path: Path) -> None:
    # Nothing but the end of the process exports.
    never = {"OTEL_BLRP_SCHEDULE_DELAY": "600000", "OTEL_BSP_SCHEDULE_DELAY": "600000"}
    trace_id = token_hex(16)
    with run(tmp_path, never) as service:
        service.call("/vouchers/BROKEN", trace_id=trace_id)
        assert service.receiver.records == []
        assert service.end() == 0
    assert not service.lost_lines()
    assert len(service.receiver.records_of(trace_id)) == 1
    assert len(service.receiver.spans_of(trace_id)) == 1


@pytest.mark.parametrize(
    ("path", "status", "response"),
    [
        ("/vouchers/NONE", 404, {"detail": "there is no voucher NONE"}),
        ("/healthz", 200, {"status": "ok"}),
    ],
)
def test_every_request_gets_its_status(
    service: Service, path: str, status: int, response: dict[str, str]
) -> None:
    assert service.call(path) == (status, response)


def server_span(service: Service, trace_id: str) -> Span:
    wait_until(lambda: service.receiver.spans_of(trace_id), "the span")
    (span,) = service.receiver.spans_of(trace_id)
    assert span.kind == Span.SPAN_KIND_SERVER
    return span


SERVICE = Path(__file__).parent.parent
