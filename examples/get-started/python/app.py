"""Serves prices. OpenTelemetry's Python agent makes a span for each request."""

from flask import Flask

app = Flask(__name__)


@app.get("/prices/<product>")
def price(product: str) -> dict[str, str | int]:
    return {"product": product, "cents": 1990}


if __name__ == "__main__":
    app.run(port=8081)
