"""Tests of the running service, under opentelemetry-instrument and with real servers."""

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from secrets import token_hex

import boto3
import pytest
import redis
from conftest import SERVICE
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from otlp_receiver import attributes_of
from service import CALLER, Service, started
from waiting import wait_until

from pricing_api import cache
from pricing_api.quotes import Item

MUGS = {"items": [{"sku": "mug", "quantity": 3, "unit_cents": 1450}]}
SERVER = Span.SPAN_KIND_SERVER
CLIENT = Span.SPAN_KIND_CLIENT
PRODUCER = Span.SPAN_KIND_PRODUCER


@pytest.fixture(scope="module")
def service(
    redis_url: str, sqs: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with run(redis_url, tmp_path_factory.mktemp("pricing-api")) as running:
        yield running


def run(
    redis_url: str, folder: Path, environment: dict[str, str] | None = None
) -> AbstractContextManager[Service]:
    program = Path(sys.executable).with_name("opentelemetry-instrument")
    addresses = {"REDIS_URL": redis_url, "QUOTES_QUEUE": "quotes"}
    return started(
        [program, sys.executable, "-m", "pricing_api"],
        SERVICE,
        folder / "stdout",
        "PRICING_LISTEN",
        {**addresses, **(environment or {})},
    )


def test_a_quote_is_one_trace(service: Service) -> None:
    trace_id = token_hex(16)
    status, quote = service.call("/quotes", MUGS, trace_id)
    assert (status, quote["total_cents"], quote["currency"]) == (200, 3 * 1305, "EUR")

    wait_until(lambda: len(service.receiver.spans_of(trace_id)) >= 4, "the trace")
    spans = service.receiver.spans_of(trace_id)
    assert [(span.kind, span.name) for span in spans] == [
        (SERVER, "POST /quotes"),
        (CLIENT, "GET"),
        (CLIENT, "SET"),
        (PRODUCER, "send quotes"),
    ]
    server = spans[0]
    assert server.parent_span_id.hex() == CALLER
    assert {span.parent_span_id for span in spans[1:]} == {server.span_id}

    expect(server, {"http.request.method": "POST", "http.route": "/quotes", "url.path": "/quotes"})
    expect(server, {"http.response.status_code": 200, "server.address": "127.0.0.1"})
    expect(
        spans[1], {"db.system.name": "redis", "db.operation.name": "GET", "db.query.text": "GET ?"}
    )
    expect(spans[3], {"messaging.system": "aws_sqs", "messaging.destination.name": "quotes"})
    expect(spans[1], {"db.namespace": "0", "server.address": "127.0.0.1"})
    expect(spans[3], {"messaging.operation.type": "send", "messaging.operation.name": "send"})

    message = received_from("quotes", quote["id"])
    assert message["MessageAttributes"]["traceparent"]["StringValue"] == (
        f"00-{trace_id}-{spans[3].span_id.hex()}-01"
    )
    expect(spans[3], {"messaging.message.id": message["MessageId"]})


def test_the_prices_of_the_same_basket_come_from_the_cache(service: Service) -> None:
    basket = {"items": [{"sku": "lamp", "quantity": 1, "unit_cents": 6900}]}
    service.call("/quotes", basket)
    trace_id = token_hex(16)
    service.call("/quotes", basket, trace_id)
    wait_until(lambda: len(service.receiver.spans_of(trace_id)) >= 3, "the trace")
    assert [span.name for span in service.receiver.spans_of(trace_id)] == [
        "POST /quotes",
        "GET",
        "send quotes",
    ]


def test_every_log_line_of_a_request_has_its_trace_id(service: Service) -> None:
    trace_id = token_hex(16)
    service.call("/quotes", MUGS)
    service.call("/quotes", MUGS, trace_id)
    wait_until(lambda: service.receiver.records_of(trace_id), "the log record")
    record = service.receiver.records_of(trace_id)[0]
    assert record.body.string_value == "quote given"
    # The record has fields for the trace, so no attributes of that.
    assert attributes_of(record.attributes) == {"cached": True, "total_cents": 3 * 1305}

    lines = service.lines_of(trace_id)
    assert [line["message"].partition(" - ")[2] or line["message"] for line in lines] == [
        "quote given",
        '"POST /quotes HTTP/1.1" 200',
    ]
    # The server's span ends last; spans and records are exported separately.
    wait_until(
        lambda: any(span.kind == SERVER for span in service.receiver.spans_of(trace_id)), "the span"
    )
    server = service.receiver.spans_of(trace_id)[0]
    assert {line["span_id"] for line in lines} == {server.span_id.hex()}
    assert {line["level"] for line in lines} == {"info"}


def test_a_failure_is_recorded_once_in_its_span(service: Service, redis_url: str) -> None:
    lamps = {"items": [{"sku": "lamp", "quantity": 9, "unit_cents": 6900}]}
    with redis.Redis.from_url(redis_url) as client:
        client.set(cache.key([Item(**item) for item in lamps["items"]]), "damaged", ex=60)
    trace_id = token_hex(16)
    assert service.call("/quotes", lamps, trace_id)[0] == 500

    wait_until(lambda: len(service.receiver.spans_of(trace_id)) >= 2, "the trace")
    server, _ = service.receiver.spans_of(trace_id)
    assert server.status.code == Status.STATUS_CODE_ERROR
    expect(server, {"http.route": "/quotes", "http.response.status_code": 500})
    (exception,) = [event for event in server.events if event.name == "exception"]
    assert attributes_of(exception.attributes)["exception.type"].endswith("ValidationError")

    wait_until(lambda: len(service.receiver.records_of(trace_id)) >= 2, "the log records")
    record, access = service.receiver.records_of(trace_id)
    attributes = attributes_of(record.attributes)
    assert attributes["exception.type"] == "ValidationError"
    assert "in find" in attributes["exception.stacktrace"]
    assert attributes["path"] == "/quotes"
    assert "exception.type" not in attributes_of(access.attributes)

    tracebacks = [line for line in service.lines_of(trace_id) if "exception" in line]
    assert [line["message"] for line in tracebacks] == ["request failed"]
    assert service.output.read_text().count("Traceback") == service.output.read_text().count(
        "request failed"
    )


def test_a_line_outside_a_request_has_no_ids(service: Service) -> None:
    (line,) = [line for line in service.lines() if line["message"].startswith("Uvicorn running")]
    assert line.keys() == {"timestamp", "level", "message"}
    (record,) = [
        record
        for record in service.receiver.records
        if record.body.string_value.startswith("Uvicorn running")
    ]
    assert (record.trace_id, record.span_id) == (b"", b"")


def test_no_line_is_lost_at_the_end(redis_url: str, sqs: str, tmp_path: Path) -> None:
    # Nothing but the end of the process exports.
    never = {"OTEL_BLRP_SCHEDULE_DELAY": "600000", "OTEL_BSP_SCHEDULE_DELAY": "600000"}
    trace_id = token_hex(16)
    with run(redis_url, tmp_path, never) as service:
        service.call("/quotes", MUGS, trace_id)
        assert service.receiver.records == []
        assert service.end() == 0
    assert not service.lost_lines()
    assert service.receiver.records_of(trace_id)[0].body.string_value == "quote given"
    assert service.lines()[-1]["message"].startswith("Finished server process")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/quotes", MUGS, 200),
        ("/nothing", None, 404),
        ("/quotes", {"items": []}, 422),
        ("/quotes", {"items": [{"sku": "mug", "quantity": 100, "unit_cents": 1}]}, 422),
        ("/quotes", {}, 422),
    ],
)
def test_every_request_gets_its_status(
    service: Service, path: str, body: object, status: int
) -> None:
    assert service.call(path, body)[0] == status


def expect(span: Span, wanted: dict[str, str | int]) -> None:
    found = attributes_of(span.attributes)
    assert {key: found.get(key) for key in wanted} == wanted


def received_from(queue: str, quote_id: str) -> dict:
    client = boto3.client("sqs")
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    for _ in range(10):
        received = client.receive_message(
            QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10
        )
        for message in received.get("Messages", []):
            if json.loads(message["Body"])["id"] == quote_id:
                return message
    raise AssertionError(f"quote {quote_id} is not in the queue")
