"""A stand-in for a vendor's OTLP endpoint, as strict as the vendor's published rules.

    python stand_in.py <folder of the vendor's rules.toml>

It listens on a free port of 127.0.0.1 and prints its address. A request that breaks a rule is refused with the
status that the rule names; one that breaks none is taken. `GET /judged` responds with what became of each request,
`GET /rules` with the file, `GET /preset` with the facts that the edge has of the vendor, and `PUT /busy?times=n` makes
the next n requests too many.
"""

import calendar
import gzip
import hashlib
import json
import sys
import time
import tomllib
from dataclasses import dataclass, field
from email.utils import formatdate
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Iterator
from urllib.parse import parse_qs, urlsplit

import zstandard
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
PRESETS = Path(__file__).parents[2] / "crates/throughline-edge/src/config/presets"
COUNTED = ("sum", "histogram", "exponential_histogram")
TEMPORALITIES = {1: "delta", 2: "cumulative"}


class Refused(Exception):
    """A request breaks a rule."""

    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.status = status


@dataclass
class Call:
    """A request, as far as it has been read."""

    path: str
    headers: Message
    body: bytes
    signal: str = ""
    message: Any = None
    size: int = 0
    records: int = 0
    rejected: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


class Signed(SigV4Auth):
    """AWS's signer, over the headers that a request says are signed, as AWS's services verify it."""

    def __init__(self, rule: dict[str, Any], secret_key: str, names: list[str]):
        credentials = Credentials("any", secret_key)
        super().__init__(credentials, rule["service"], rule["region"])
        self.names = names

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name in self.names:
            headers[name] = request.headers[name]
        return headers


class Vendor:
    """The rules of one vendor."""

    def __init__(self, rules: dict[str, Any]):
        self.rules = rules

    def judge(self, call: Call) -> None:
        """Raises `Refused` at the first rule that the request breaks."""
        self.authenticate(call)
        signals = {path: signal for signal, path in self.rules["paths"].items()}
        if call.path not in signals:
            raise Refused(404, f"no endpoint at {call.path}")
        call.signal = signals[call.path]
        self.read(call)
        self.measure(call)
        self.check_metrics(call)

    def authenticate(self, call: Call) -> None:
        """Headers that have to be there, and the signature."""
        for name, rule in self.rules.get("headers", {}).items():
            if "signal" in rule and not call.path.endswith(rule["signal"]):
                continue
            sent = call.headers.get(name)
            if sent is None and rule.get("optional"):
                continue
            if sent != rule["value"]:
                raise Refused(rule["status"], f"header {name} is not right")
        if "signature" in self.rules:
            self.check_signature(call, self.rules["signature"])

    def check_signature(self, call: Call, rule: dict[str, Any]) -> None:
        """Signs the request again, with AWS's own signer, and compares."""
        sent = call.headers.get("authorization", "")
        scheme, _, fields = sent.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in fields.split(",") if "=" in part)
        scope = f"{rule['region']}/{rule['service']}/aws4_request"
        access_key, _, signed_scope = parts.get("Credential", "").partition("/")
        if scheme != "AWS4-HMAC-SHA256" or not signed_scope.endswith(scope):
            raise Refused(403, f"not signed for {scope}")
        keys = next((keys for keys in (rule, rule.get("temporary", {})) if keys.get("access_key") == access_key), None)
        if keys is None:
            raise Refused(403, "the access key is not known")
        signed = parts.get("SignedHeaders", "").split(";")
        token = keys.get("session_token")
        if call.headers.get("x-amz-security-token") != token:
            raise Refused(403, "the session token is not that of the access key")
        tokens = ["x-amz-security-token"] if token else []
        for name in ["host", "x-amz-date", *tokens, *(name for name in call.headers if name.lower().startswith("x-aws-"))]:
            if name.lower() not in signed:
                raise Refused(403, f"{name} is not signed")
        date = call.headers.get("x-amz-date", "")
        # AWS takes a clock that is off by five minutes.
        if abs(time.time() - calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))) > 300:
            raise Refused(403, "the signature has expired")
        digest = call.headers.get("x-amz-content-sha256")
        if digest and digest != hashlib.sha256(call.body).hexdigest():
            raise Refused(403, "the body is not that which was signed")
        request = AWSRequest("POST", f"http://{call.headers['host']}{call.path}", data=call.body)
        for name in signed:
            request.headers[name] = call.headers[name]
        request.context["timestamp"] = date
        signer = Signed(rule, keys["secret_key"], signed)
        wanted = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        if wanted != parts.get("Signature"):
            raise Refused(403, "the signature does not match")

    def read(self, call: Call) -> None:
        """Encoding and compression."""
        content_type = call.headers.get_content_type()
        if content_type not in self.rules["content_types"]:
            raise Refused(415, f"{content_type} is not taken")
        encoding = call.headers.get("content-encoding", "none")
        if encoding not in self.rules["encodings"]:
            raise Refused(415, f"content encoding {encoding} is not taken")
        plain = DECOMPRESS[encoding](call.body)
        call.size = len(plain)
        call.facts["compression"] = encoding
        call.facts["encoding"] = {"application/json": "json"}.get(content_type, "protobuf")
        for limit in self.rules.get("bytes", []):
            of_signal = limit.get("signal", call.signal) == call.signal
            of_encoding = limit.get("encoding", encoding) == encoding
            sent = len(call.body) if limit.get("counts") == "as sent" else len(plain)
            if of_signal and of_encoding and sent > limit["most"]:
                raise Refused(limit["status"], f"{sent} bytes are more than {limit['most']}")
        message = REQUESTS[call.signal]()
        try:
            if content_type == "application/json":
                json_format.Parse(plain, message, ignore_unknown_fields=True)
            else:
                message.ParseFromString(plain)
        except (DecodeError, json_format.ParseError) as error:
            raise Refused(400, "not OTLP") from error
        call.message = message

    def measure(self, call: Call) -> None:
        """Counts, and sizes of what is in a request. One that is not right refuses the whole call."""
        records = list(records_of(call))
        call.records = len(records)
        most = self.rules.get("records")
        if most and call.records > most["most"]:
            raise Refused(most["status"], f"{call.records} records are more than {most['most']}")
        if largest := self.rules.get("record_bytes"):
            for record in records:
                if record.ByteSize() > largest["most"]:
                    raise Refused(largest["status"], "a record is too large")
        if largest := self.rules.get("resource_bytes"):
            for resource, scope in resources_of(call):
                if resource.ByteSize() + scope.ByteSize() > largest["most"]:
                    raise Refused(largest["status"], "a resource is too large")
        if most := self.rules.get("text_bytes"):
            size = sum(text + most["and_each"] for text in texts_of(call))
            if size > most["most"]:
                raise Refused(most["status"], f"{size} bytes of text are more than {most['most']}")
        if longest := self.rules.get("attribute_bytes"):
            for attribute in attributes_of(call, records):
                if len(attribute.value.string_value.encode()) > longest["most"]:
                    raise Refused(longest["status"], f"{attribute.key} is too long")
        if longest := self.rules.get("attribute_name"):
            for attribute in attributes_of(call, records):
                if len(attribute.key) > longest["most"]:
                    raise Refused(longest["status"], "the name of an attribute is too long")
        if largest := self.rules.get("attribute_items"):
            for attribute in attributes_of(call, records):
                if len(attribute.value.array_value.values) > largest["most"]:
                    raise Refused(largest["status"], f"{attribute.key} has too many items")
        if longest := self.rules.get("body_bytes"):
            for record in records:
                if call.signal == "logs" and len(record.body.string_value.encode()) > longest["most"]:
                    raise Refused(longest["status"], "a log record is too long")
        if ages := self.rules.get("age"):
            for at in (time_of(record) for record in records):
                if not -ages["ahead_s"] < time.time() - at < ages["behind_s"]:
                    raise Refused(ages["status"], "a record is too old, or too new")
        if gap := self.rules.get("gap"):
            times = [time_of(record) for record in records]
            if times and max(times) - min(times) > gap["most_s"]:
                raise Refused(gap["status"], "the records are too far apart in time")

    def check_metrics(self, call: Call) -> None:
        """Temporality and kinds of metrics."""
        call.facts["temporalities"] = sorted({name for _, name in temporalities_of(call)})
        call.facts["metrics"] = sorted({metric.name for metric in metrics_of(call)})
        call.facts["kinds"] = sorted({metric.WhichOneof("data") for metric in metrics_of(call)})
        rule = self.rules.get("temporality", {"only": ""})
        wrong = [
            (kind, name)
            for kind, name in temporalities_of(call)
            if rule["only"] and name != rule["only"] and kind in rule.get("of", COUNTED)
        ]
        if wrong and "status" in rule:
            raise Refused(rule["status"], f"{wrong[0][1]} {wrong[0][0]} is not taken")
        # Elastic takes the request, and drops these.
        call.facts["dropped"] = len(wrong)
        self.check_labels(call)

    def check_labels(self, call: Call) -> None:
        """Attributes of data points: those with too many are rejected alone, unless there are no others."""
        rule = self.rules.get("labels")
        if not rule:
            return
        for group in groups_of(call):
            for scope in scopes_of(call, group):
                shared = [*group.resource.attributes, *scope.scope.attributes]
                for metric in scope.metrics:
                    for point in getattr(metric, metric.WhichOneof("data")).data_points:
                        labels = [*shared, *point.attributes]
                        size = sum(len(label.key) + len(label.value.string_value) for label in labels)
                        call.rejected += len(labels) > rule["most"] or size > rule["bytes"]
        if call.rejected and call.rejected == call.records:
            raise Refused(rule["status"], "no data point can be taken")


def resources_of(call: Call) -> Iterator[tuple[Any, Any]]:
    for group in groups_of(call):
        for scope in scopes_of(call, group):
            yield group.resource, scope.scope


def groups_of(call: Call) -> Any:
    return getattr(call.message, {"traces": "resource_spans"}.get(call.signal, f"resource_{call.signal}"))


def scopes_of(call: Call, group: Any) -> Any:
    return getattr(group, {"traces": "scope_spans"}.get(call.signal, f"scope_{call.signal}"))


def metrics_of(call: Call) -> Iterator[Any]:
    if call.signal == "metrics":
        for group in groups_of(call):
            for scope in scopes_of(call, group):
                yield from scope.metrics


def records_of(call: Call) -> Iterator[Any]:
    for metric in metrics_of(call):
        yield from getattr(metric, metric.WhichOneof("data")).data_points
    if call.signal != "metrics":
        for group in groups_of(call):
            for scope in scopes_of(call, group):
                yield from scope.spans if call.signal == "traces" else scope.log_records


def exemplars_of(records: list[Any]) -> Iterator[Any]:
    """The attributes of exemplars, which data points alone have, but for those of summaries."""
    for record in records:
        for exemplar in getattr(record, "exemplars", []):
            yield exemplar.filtered_attributes


def attributes_of(call: Call, records: list[Any]) -> Iterator[Any]:
    """The attributes of records, of their exemplars and of resources."""
    resources = [resource.attributes for resource, _ in resources_of(call)]
    for attributes in [*(record.attributes for record in records), *exemplars_of(records), *resources]:
        yield from attributes


def texts_of(call: Call) -> Iterator[int]:
    """The bytes of each record as text: with its resource and its scope."""
    for group in groups_of(call):
        resource = text_of(group.resource)
        for scope in scopes_of(call, group):
            around = resource + text_of(scope.scope)
            for record in scope.spans if call.signal == "traces" else scope.log_records:
                yield around + text_of(record)


def text_of(message: Any) -> int:
    """The bytes of a message in UTF-8 as JSON without blanks, with the fields that are empty."""
    form = {"use_integers_for_enums": True, "always_print_fields_with_no_presence": True}
    fields = json_format.MessageToDict(message, **form)
    return len(json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode())


def temporalities_of(call: Call) -> Iterator[tuple[str, str]]:
    for metric in metrics_of(call):
        kind = metric.WhichOneof("data")
        if kind in COUNTED:
            yield kind, TEMPORALITIES.get(getattr(metric, kind).aggregation_temporality, "unspecified")


def time_of(record: Any) -> float:
    """The time of a record, in seconds since the Unix epoch."""
    name = "start_time_unix_nano" if hasattr(record, "span_id") and hasattr(record, "kind") else "time_unix_nano"
    return getattr(record, name) / 1e9


def later(form: str) -> dict[str, str]:
    """Retry-After in a form of RFC 9110, a second from now; nothing where the vendor names no time."""
    # A date has whole seconds, and what is left of this one is not waited for.
    forms = {"seconds": "1", "date": formatdate(time.time() + 2, usegmt=True)}
    return {"retry-after": forms[form]} if form in forms else {}


def unzstd(body: bytes) -> bytes:
    """What was compressed with zstd, also where its head does not say how long it is."""
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


DECOMPRESS = {"none": bytes, "gzip": gzip.decompress, "zstd": unzstd}


def serve(vendor: Vendor, preset: dict[str, Any]) -> None:
    judged: list[dict[str, Any]] = []
    busy = {"times": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = {"/rules": vendor.rules, "/preset": preset}.get(self.path, judged)
            self.respond(200, json.dumps(asked).encode(), "application/json")

        def do_PUT(self) -> None:
            busy["times"] = int(parse_qs(urlsplit(self.path).query)["times"][0])
            self.respond(204, b"", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            call = Call(self.path, self.headers, body)
            status, why, headers = vendor.rules.get("success", 200), "", {}
            try:
                vendor.judge(call)
                if busy["times"] > 0:
                    busy["times"] -= 1
                    status, why, headers = 429, "too many requests", later(vendor.rules["busy"]["retry_after"])
            except Refused as refused:
                status, why = refused.status, str(refused)
            judged.append(
                {
                    "path": call.path,
                    "signal": call.signal,
                    "status": status,
                    "why": why,
                    "records": call.records,
                    "rejected": call.rejected,
                    "bytes": call.size,
                    **call.facts,
                }
            )
            if call.rejected and status < 300:
                response = ExportMetricsServiceResponse()
                response.partial_success.rejected_data_points = call.rejected
                response.partial_success.error_message = "too many labels"
                self.respond(status, response.SerializeToString(), "application/x-protobuf", headers)
            else:
                self.respond(status, why.encode(), "text/plain", headers)

        def respond(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: what became of each request is at /judged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    facts = (PRESETS / folder.name).with_suffix(".toml")
    serve(Vendor(tomllib.loads((folder / "rules.toml").read_text())), tomllib.loads(facts.read_text()))
