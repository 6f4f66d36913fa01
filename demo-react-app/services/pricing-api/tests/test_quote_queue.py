from botocore.exceptions import EndpointConnectionError

from pricing_api.quote_queue import QuoteQueue
from pricing_api.quotes import Item, offer, price


class AwayAfterStart:
    """SQS that is there when the service starts and gone when it sends."""

    def __init__(self) -> None:
        self.asked = 0

    def create_queue(self, **_: object) -> dict[str, str]:
        return {"QueueUrl": "http://127.0.0.1:1/quotes"}

    def send_message(self, **_: object) -> dict[str, str]:
        self.asked += 1
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1/quotes")


def test_a_queue_that_is_away_does_not_keep_a_customer_from_a_price() -> None:
    client = AwayAfterStart()
    QuoteQueue(client, "quotes").send(offer(price([Item(sku="mug", quantity=1, unit_cents=1450)])))
    assert client.asked == 1
