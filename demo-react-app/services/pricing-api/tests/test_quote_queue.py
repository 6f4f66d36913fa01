from botocore.exceptions import EndpointConnectionError

from pricing_api.quote_queue import QuoteQueue
from pricing_api.quotes import Item, offer, price


class DownAfterStart:
    """An SQS client whose service responds when the queue is opened and never again."""

    def __init__(self) -> None:
        self.sent = 0

    def create_queue(self, **_: object) -> dict[str, str]:
        return {"QueueUrl": "http://127.0.0.1:1/quotes"}

    def send_message(self, **_: object) -> dict[str, str]:
        self.sent += 1
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1/quotes")


def test_a_failure_of_the_queue_is_not_raised() -> None:
    client = DownAfterStart()
    QuoteQueue(client, "quotes").send(offer(price([Item(sku="mug", quantity=1, unit_cents=1450)])))
    assert client.sent == 1
