"""The distro and configurator that `opentelemetry-instrument` uses for this service.

It finds these two classes by their entry points, and they give each instrumentation its
options. They replace opentelemetry-distro: with both installed, it would be undefined
whose options apply. An environment variable that is set already keeps its value.
"""

import os
from typing import Any

from opentelemetry.instrumentation.distro import BaseDistro
from opentelemetry.sdk._configuration import _OTelSDKConfigurator
from opentelemetry.semconv.attributes.db_attributes import DB_NAMESPACE, DB_OPERATION_NAME
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS
from opentelemetry.trace import Span
from opentelemetry.util._importlib_metadata import EntryPoint
from redis import Redis


class PricingConfigurator(_OTelSDKConfigurator):
    """The SDK, configured by the OTEL_* variables."""


class PricingDistro(BaseDistro):
    """The options of this service."""

    def _configure(self, **kwargs: Any) -> None:  # noqa: ANN401
        for variable, value in ENVIRONMENT.items():
            os.environ.setdefault(variable, value)

    def load_instrumentor(self, entry_point: EntryPoint, **kwargs: Any) -> None:  # noqa: ANN401
        """Instrument one library."""
        super().load_instrumentor(entry_point, **OPTIONS.get(entry_point.name, {}), **kwargs)


def complete_server(span: Span, scope: dict[str, Any]) -> None:
    """Remove the port from the address: it has an attribute of its own."""
    if span.is_recording() and scope.get("server"):
        span.set_attribute(SERVER_ADDRESS, scope["server"][0])


def complete_redis(span: Span, client: Redis, command: tuple[Any, ...], _options: object) -> None:
    """Add the attributes of a Redis span that the instrumentation leaves out.

    https://opentelemetry.io/docs/specs/semconv/database/redis/
    """
    if command:
        span.set_attribute(DB_OPERATION_NAME, str(command[0]))
    database = client.connection_pool.connection_kwargs.get("db") or 0
    span.set_attribute(DB_NAMESPACE, str(database))


ENVIRONMENT = {
    "OTEL_SERVICE_NAME": "pricing-api",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "none",
    # The stable names: http.request.method rather than http.method, and so on.
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
}

OPTIONS: dict[str, dict[str, Any]] = {
    "fastapi": {
        # Two more spans per request, with nothing that the server span lacks.
        "exclude_spans": ["receive", "send"],
        "excluded_urls": "healthz",
        "server_request_hook": complete_server,
    },
    "redis": {"request_hook": complete_redis},
}
