"""The HTTP API of the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from pricing_api import cache, quote_queue
from pricing_api.quotes import Item, Quote, offer, price
from pricing_api.settings import Settings

log = structlog.get_logger()


class Basket(BaseModel):
    """The request for a quote."""

    items: Annotated[list[Item], Field(min_length=1, max_length=20)]


def create_app(settings: Settings) -> FastAPI:
    """Build the application; it connects to Redis and SQS when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.prices = cache.connect(settings.redis_url)
        app.state.quotes = quote_queue.connect(settings.queue)
        yield

    app = FastAPI(title="pricing-api", lifespan=lifespan)
    app.add_exception_handler(Exception, _failed)
    app.post("/quotes")(_quote)
    app.get("/healthz")(_health)
    return app


def _quote(basket: Basket, request: Request) -> Quote:
    prices: cache.PriceCache = request.app.state.prices
    quotes: quote_queue.QuoteQueue = request.app.state.quotes
    cached = prices.find(basket.items)
    current = cached or price(basket.items)
    if cached is None:
        prices.store(basket.items, current)
    quote = offer(current)
    quotes.send(quote)
    log.info("quote given", cached=cached is not None, total_cents=quote.total_cents)
    return quote


def _health() -> dict[str, str]:
    return {"status": "ok"}


async def _failed(request: Request, error: Exception) -> JSONResponse:
    """Log an unexpected exception in the request's span."""
    log.error("request failed", exc_info=error, path=request.url.path)
    return JSONResponse(status_code=500, content={"detail": "something went wrong here"})
