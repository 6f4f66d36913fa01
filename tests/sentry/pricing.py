"""A service with the Sentry SDK of Python, as it is in its registry.

Each request continues the sender's trace, queries a database that is not there, and
captures an exception. The first argument is the DSN; the port is printed.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import sentry_sdk


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        trace = sentry_sdk.continue_trace(
            {name.lower(): value for name, value in self.headers.items()},
            op="http.server",
            name="GET /price",
        )
        with sentry_sdk.start_transaction(trace):
            sentry_sdk.set_tag("team", "pricing")
            sentry_sdk.set_user({"id": "ada", "email": "ada@shop.example"})
            sentry_sdk.add_breadcrumb(category="cache", message="miss", level="info")
            with sentry_sdk.start_span(op="db", name="SELECT price"):
                pass
            try:
                price(0)
            except ZeroDivisionError as error:
                sentry_sdk.capture_exception(error)
            sentry_sdk.logger.warning("price of {product} is unknown", product="tea")
        sentry_sdk.flush()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"price":null}')

    def log_message(self, *_):
        pass


def price(quantity):
    return 100 / quantity


if __name__ == "__main__":
    sentry_sdk.init(
        sys.argv[1],
        release="pricing@2.0.0",
        environment="test",
        traces_sample_rate=1.0,
        enable_logs=True,
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"pricing on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
