"""The program of the service: `opentelemetry-instrument python -m pricing_api`."""

import signal
import sys

import uvicorn

from pricing_api import logs
from pricing_api.app import create_app
from pricing_api.settings import Settings


def main() -> None:
    """Serve until a signal stops the process."""
    settings = Settings.from_environment()
    logs.configure()
    # uvicorn ends the server and then raises the signal again, which would end the process
    # before its last telemetry is exported.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # log_config=None: uvicorn's configuration would replace ours.
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_config=None)


if __name__ == "__main__":
    main()
