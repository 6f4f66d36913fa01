"""Spans and logs as OTLP, set up in code; OTEL_* configure them.

Every line of the standard library's logging is printed as JSON and sent as a log record.
"""

import logging
import os
import sys
from typing import Any

from opentelemetry import _logs, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.logging import LoggingInstrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pythonjsonlogger.json import JsonFormatter


def start() -> None:
    """Start the SDK; it exports what is queued when the process exits."""
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    resource = Resource.create()
    spans = TracerProvider(resource=resource)
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(spans)
    records = LoggerProvider(resource=resource)
    records.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    _logs.set_logger_provider(records)

    console = logging.StreamHandler(sys.stdout)
    console.setFormatter(LineFormatter())
    logging.basicConfig(handlers=[console], level=logging.INFO)
    # Adds the handler that sends each record with the context of the current span.
    LoggingInstrumentor().instrument()
    # To standard output alone: a failed export cannot be reported by another export.
    exporters = logging.getLogger("opentelemetry")
    exporters.addHandler(console)
    exporters.propagate = False


class LineFormatter(JsonFormatter):
    """A line of JSON with the ids of the current span.

    They are added here and not to the record, which has fields of its own for them.
    """

    def __init__(self) -> None:
        super().__init__(
            "{levelname}{message}",
            style="{",
            timestamp=True,
            rename_fields={"levelname": "level", "exc_info": "exception"},
        )

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Add what a line has besides its message."""
        super().add_fields(log_data, record, message_dict)
        log_data["level"] = record.levelname.lower()
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            log_data["trace_id"] = trace.format_trace_id(span.trace_id)
            log_data["span_id"] = trace.format_span_id(span.span_id)
            log_data["trace_flags"] = f"{span.trace_flags:02x}"


ENVIRONMENT = {
    "OTEL_SERVICE_NAME": "vouchers-api",
    # The stable names: http.request.method rather than http.method, and so on.
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
}
