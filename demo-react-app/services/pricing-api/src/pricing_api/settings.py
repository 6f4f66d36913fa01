"""Settings from environment variables.

The defaults are those of the demo on one machine. The AWS SDK and OpenTelemetry read
their own variables.
"""

import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Settings:
    """The address to listen on, and the addresses of Redis and the queue."""

    host: str
    port: int
    redis_url: str
    queue: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read PRICING_LISTEN, REDIS_URL and QUOTES_QUEUE."""
        host, _, port = os.environ.get("PRICING_LISTEN", "127.0.0.1:8082").rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError("PRICING_LISTEN must be host:port")
        return cls(
            host=host,
            port=int(port),
            redis_url=os.environ.get("REDIS_URL", "redis://127.0.0.1:16379/0"),
            queue=os.environ.get("QUOTES_QUEUE", "quotes"),
        )
