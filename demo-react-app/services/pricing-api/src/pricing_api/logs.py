"""Log lines as JSON on standard output, and the same records as OTLP.

The service logs by structlog; uvicorn and the other libraries by the standard library's
logging, whose records opentelemetry-instrumentation-logging sends. A line has the fields that
orders-api uses too: timestamp, level, message, trace_id, span_id, trace_flags.
"""

import logging
import logging.config

import structlog
from opentelemetry import trace
from opentelemetry.instrumentation.structlog import StructlogProcessor
from structlog.typing import EventDict, Processor, WrappedLogger


def configure() -> None:
    """Set up structlog and the standard library's logging, which uvicorn uses."""
    structlog.configure(
        processors=[
            *_ORIGIN,
            # Emits the OTLP record before the console's processors: a record has
            # fields of its own for the trace.
            StructlogProcessor(),
            *_CONSOLE,
        ],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"not_logged_yet": {"()": _NotLoggedYet}},
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": _ORIGIN,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *_CONSOLE,
                    ],
                }
            },
            "handlers": {
                "console": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stdout",
                    "formatter": "json",
                }
            },
            "loggers": {
                "uvicorn.error": {"filters": ["not_logged_yet"]},
                # To standard output alone: a failed export cannot be reported by another.
                "opentelemetry": {"handlers": ["console"], "propagate": False},
            },
            "root": {"handlers": ["console"], "level": "INFO"},
        }
    )


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the ids of the current span."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = trace.format_trace_id(span.trace_id)
        event["span_id"] = trace.format_span_id(span.span_id)
        event["trace_flags"] = f"{span.trace_flags:02x}"
    return event


class _NotLoggedYet(logging.Filter):
    """A filter that drops uvicorn's line for an exception which the application logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.exc_info


_ORIGIN: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_CONSOLE: list[Processor] = [
    _add_trace,
    structlog.processors.format_exc_info,
    structlog.processors.EventRenamer("message"),
    structlog.processors.JSONRenderer(),
]
