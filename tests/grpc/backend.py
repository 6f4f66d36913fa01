"""A backend that receives OTLP over gRPC, with grpcio's server.

    backend.py SETTINGS

SETTINGS is JSON: `port` (0 is any), `replies` to the first calls (later ones are taken; the last is for
all where `repeats` is true), `options` of the server, `gzip` for its responses, `certificate` and `key` for TLS.
A reply has a `code` with its `message` and perhaps a `retry_ms`, or it has what a partial success says:
`rejected` and `message`. `delay_ms` is the time before it.

Prints a line of JSON for the port, and one for each call: signal, names of records, peer, metadata, and the time
that the caller gives it. It ends when its standard input does.
"""

import json
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

CODES = {code.value[0]: code for code in grpc.StatusCode}


class Backend:
    """Replies to calls in the order of their arrival."""

    def __init__(self, settings: dict) -> None:
        self.replies = list(settings.get("replies", []))
        self.repeats = settings.get("repeats", False)
        self.lock = threading.Lock()

    def reply(self) -> dict:
        with self.lock:
            if not self.replies:
                return {}
            return self.replies[0] if self.repeats and len(self.replies) == 1 else self.replies.pop(0)

    def export(self, signal: str, names: list, context: grpc.ServicerContext) -> dict:
        reply = self.reply()
        called = {
            "signal": signal,
            "names": names,
            "peer": context.peer(),
            "metadata": dict(context.invocation_metadata()),
            "seconds": context.time_remaining(),
            "code": reply.get("code", 0),
        }
        with self.lock:
            print(json.dumps(called), flush=True)
        if "delay_ms" in reply:
            time.sleep(reply["delay_ms"] / 1000)
        if "code" in reply:
            if "retry_ms" in reply:
                context.set_trailing_metadata((("grpc-status-details-bin", details(reply)),))
            context.abort(CODES[reply["code"]], reply.get("message", ""))
        return reply


def details(reply: dict) -> bytes:
    """The status of a reply with its RetryInfo."""
    delay = duration_pb2.Duration()
    delay.FromMilliseconds(reply["retry_ms"])
    info = any_pb2.Any()
    info.Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    status = status_pb2.Status(code=reply["code"], message=reply.get("message", ""), details=[info])
    return status.SerializeToString()


class Traces(Backend, trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):  # noqa: N802, the name in the service
        spans = [span.name for of in request.resource_spans for scope in of.scope_spans for span in scope.spans]
        reply = self.export("traces", spans, context)
        response = trace_service_pb2.ExportTraceServiceResponse()
        if "rejected" in reply:
            response.partial_success.rejected_spans = reply["rejected"]
            response.partial_success.error_message = reply["message"]
        return response


class Logs(Backend, logs_service_pb2_grpc.LogsServiceServicer):
    def Export(self, request, context):  # noqa: N802
        records = [record for of in request.resource_logs for scope in of.scope_logs for record in scope.log_records]
        self.export("logs", [record.body.string_value for record in records], context)
        return logs_service_pb2.ExportLogsServiceResponse()


class Metrics(Backend, metrics_service_pb2_grpc.MetricsServiceServicer):
    def Export(self, request, context):  # noqa: N802
        metrics = [metric for of in request.resource_metrics for scope in of.scope_metrics for metric in scope.metrics]
        self.export("metrics", [metric.name for metric in metrics], context)
        return metrics_service_pb2.ExportMetricsServiceResponse()


def main(settings: dict) -> None:
    # Another backend on the same port would take some of the calls.
    options = [("grpc.so_reuseport", 0), *settings.get("options", {}).items()]
    compression = grpc.Compression.Gzip if settings.get("gzip") else None
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=options, compression=compression)
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Traces(settings), server)
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(Logs(settings), server)
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Metrics(settings), server)
    address = f"127.0.0.1:{settings.get('port', 0)}"
    if "certificate" in settings:
        with open(settings["key"], "rb") as key, open(settings["certificate"], "rb") as certificate:
            credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
        port = server.add_secure_port(address, credentials)
    else:
        port = server.add_insecure_port(address)
    server.start()
    print(json.dumps({"port": port}), flush=True)
    sys.stdin.read()
    server.stop(None)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
