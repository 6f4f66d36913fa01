"""The program of the service: `python -m vouchers_api`."""

import os
import signal
import sys

import waitress

from vouchers_api import telemetry
from vouchers_api.app import create_app


def main() -> None:
    """Serve on VOUCHERS_LISTEN until a signal stops the process."""
    telemetry.start()
    # An exit, not the end at once that a signal means otherwise: exits export what is queued.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    listen = os.environ.get("VOUCHERS_LISTEN", "127.0.0.1:8083")
    waitress.serve(create_app(), listen=listen, ident=None)


if __name__ == "__main__":
    main()
