"""An OTLP/HTTP receiver for tests: keeps the telemetry that a process exports."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class OtlpReceiver:
    """Keeps the spans and log records posted to it."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self.records: list[LogRecord] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver.take(self.path, body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, body: bytes) -> None:
        if path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    self._spans.extend(scope.spans)
        elif path == "/v1/logs":
            for resource in ExportLogsServiceRequest.FromString(body).resource_logs:
                for scope in resource.scope_logs:
                    self.records.extend(scope.log_records)

    def spans_of(self, trace_id: str) -> list[Span]:
        """Return the spans of a trace, by start time."""
        found = [span for span in self._spans if span.trace_id.hex() == trace_id]
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    def records_of(self, trace_id: str) -> list[LogRecord]:
        """Return the log records of a trace, by time: an export has them by logger."""
        found = [record for record in self.records if record.trace_id.hex() == trace_id]
        return sorted(found, key=lambda record: record.time_unix_nano)


def attributes_of(pairs: list[KeyValue]) -> dict[str, str | int]:
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value"))
        for pair in pairs
        if pair.value.WhichOneof("value") is not None
    }
