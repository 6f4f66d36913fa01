"""The HTTP API of the service."""

import logging

from flask import Flask
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from werkzeug.exceptions import HTTPException

from vouchers_api.vouchers import UnknownVoucherError, redeem

log = logging.getLogger(__name__)


def create_app() -> Flask:
    """Build the application, each request traced."""
    app = Flask("vouchers-api")
    FlaskInstrumentor().instrument_app(app, excluded_urls="healthz")
    app.get("/vouchers/<code>")(_voucher)
    app.get("/healthz")(_health)
    app.register_error_handler(UnknownVoucherError, _unknown)
    # Flask logs an unexpected exception itself, in the request's span, and then comes here.
    app.register_error_handler(HTTPException, _failed)
    return app


def _voucher(code: str) -> dict[str, str | int]:
    voucher = redeem(code)
    log.info("voucher redeemed", extra={"discount_percent": voucher.discount_percent})
    return {"code": voucher.code, "discount_percent": voucher.discount_percent}


def _health() -> dict[str, str]:
    return {"status": "ok"}


def _unknown(error: UnknownVoucherError) -> tuple[dict[str, str], int]:
    return {"detail": str(error)}, 404


def _failed(error: HTTPException) -> tuple[dict[str, str | None], int]:
    return {"detail": error.description}, error.code or 500
