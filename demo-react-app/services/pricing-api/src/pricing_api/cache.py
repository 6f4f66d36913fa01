"""Was this basket priced a moment ago?"""

import hashlib
import json

import redis
import structlog

from pricing_api.quotes import Item, Prices

log = structlog.get_logger()


class PriceCache:
    """Prices of baskets in Redis. Without Redis nothing is found and nothing kept."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def find(self, items: list[Item]) -> Prices | None:
        """Return the prices kept for exactly these items."""
        try:
            kept = self._client.get(_key(items))
        except redis.RedisError as error:
            log.warning("prices not looked up", reason=str(error))
            return None
        return Prices.model_validate_json(kept) if kept is not None else None

    def keep(self, items: list[Item], prices: Prices) -> None:
        """Keep prices for as long as a price may be out of date."""
        try:
            self._client.set(_key(items), prices.model_dump_json(), ex=TTL_SECONDS)
        except redis.RedisError as error:
            log.warning("prices not kept", reason=str(error))


def connect(url: str) -> PriceCache:
    """Return a cache that gives up soon: a price is quickly made without it."""
    return PriceCache(
        redis.Redis.from_url(
            url,
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            retry=None,
        )
    )


def _key(items: list[Item]) -> str:
    # The order of the items does not change what they cost.
    asked = sorted((item.sku, item.quantity, item.unit_cents) for item in items)
    return "prices:" + hashlib.sha256(json.dumps(asked).encode()).hexdigest()


TTL_SECONDS = 60
TIMEOUT_SECONDS = 0.5
