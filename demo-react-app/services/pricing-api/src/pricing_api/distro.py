"""How is this service instrumented, without a line in its own code?

`opentelemetry-instrument` finds these two classes by their entry points and lets
them pass each instrumentation its options; they stand in for opentelemetry-distro,
beside which it would be chance whose options count. A variable that is set already
stays as it is.
"""

import os
from typing import Any

from opentelemetry.instrumentation.distro import BaseDistro
from opentelemetry.sdk._configuration import _OTelSDKConfigurator
from opentelemetry.semconv.attributes.db_attributes import DB_OPERATION_NAME
from opentelemetry.trace import Span
from opentelemetry.util._importlib_metadata import EntryPoint


class PricingConfigurator(_OTelSDKConfigurator):
    """The SDK as the OTEL_* variables say."""


class PricingDistro(BaseDistro):
    """The options of this service."""

    def _configure(self, **kwargs: Any) -> None:  # noqa: ANN401
        for variable, value in ENVIRONMENT.items():
            os.environ.setdefault(variable, value)

    def load_instrumentor(self, entry_point: EntryPoint, **kwargs: Any) -> None:  # noqa: ANN401
        """Instrument one library."""
        super().load_instrumentor(entry_point, **OPTIONS.get(entry_point.name, {}), **kwargs)


def name_operation(span: Span, _client: object, command: tuple[Any, ...], _options: object) -> None:
    """Add what the conventions require of a Redis span and the instrumentation leaves out.

    https://opentelemetry.io/docs/specs/semconv/database/redis/
    """
    if command:
        span.set_attribute(DB_OPERATION_NAME, str(command[0]))


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
        # Two more spans a request that say nothing the server span does not.
        "exclude_spans": ["receive", "send"],
        "excluded_urls": "healthz",
    },
    "redis": {"request_hook": name_operation},
}
