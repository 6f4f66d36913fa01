"""The cache of prices in Redis."""

import hashlib
import json

import redis
import structlog

from pricing_api.quotes import Item, Prices

log = structlog.get_logger()


class PriceCache:
    """Prices of baskets in Redis. Without Redis nothing is found and nothing stored."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def find(self, items: list[Item]) -> Prices | None:
        """Return the stored prices of exactly these items."""
        try:
            stored = self._client.get(key(items))
        except redis.RedisError as error:
            log.warning("prices not looked up", reason=str(error))
            return None
        return Prices.model_validate_json(stored) if stored is not None else None

    def store(self, items: list[Item], prices: Prices) -> None:
        """Store prices for TTL_SECONDS, the longest that a price may be out of date."""
        try:
            self._client.set(key(items), prices.model_dump_json(), ex=TTL_SECONDS)
        except redis.RedisError as error:
            log.warning("prices not stored", reason=str(error))


def key(items: list[Item]) -> str:
    """Return the key of exactly these items."""
    # The order of the items does not change the price.
    asked = sorted((item.sku, item.quantity, item.unit_cents) for item in items)
    return "prices:" + hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def connect(url: str) -> PriceCache:
    """Return a cache with a short timeout: computing a price is fast without it."""
    return PriceCache(
        redis.Redis.from_url(
            url,
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            retry=None,
        )
    )


TTL_SECONDS = 60
TIMEOUT_SECONDS = 0.5
