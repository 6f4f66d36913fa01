"""Serve the prices: `opentelemetry-instrument python -m pricing_api`."""

import uvicorn

from pricing_api import logs
from pricing_api.app import create_app
from pricing_api.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings.from_environment()
    logs.configure()
    # log_config=None: uvicorn's own would replace the lines just configured.
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_config=None)


if __name__ == "__main__":
    main()
