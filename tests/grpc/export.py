"""Exports spans, a log record and a metric with the exporters of OpenTelemetry, unchanged.

    export.py ADDRESS KEY SPANS

Exports so many spans in one batch, and one more in another. Prints a line of JSON: the trace
id of each span. The exporters log what they are told.
"""

import json
import logging
import sys

from grpc import Compression
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def main(address: str, key: str, spans: int) -> None:
    logging.basicConfig(level=logging.WARNING)
    resource = Resource.create({"service.name": "pricing"})
    settings = {
        "endpoint": address,
        "insecure": True,
        "headers": (("x-throughline-key", key),),
        "compression": Compression.Gzip,
    }

    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**settings)))
    tracer = tracers.get_tracer("test")
    traces = []
    for number in range(spans + 1):
        with tracer.start_as_current_span(f"price {number}") as span:
            traces.append(f"{span.get_span_context().trace_id:032x}")
        # All but the last in one batch.
        if number >= spans - 1:
            tracers.force_flush()
    tracers.shutdown()

    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(**settings)))
    record = LogRecord(body="no price for it", severity_number=SeverityNumber.WARN)
    loggers.get_logger("test").emit(record)
    loggers.shutdown()

    reader = PeriodicExportingMetricReader(OTLPMetricExporter(**settings))
    meters = MeterProvider(metric_readers=[reader], resource=resource)
    meters.get_meter("test").create_counter("prices").add(7)
    meters.shutdown()

    print(json.dumps({"traces": traces}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
