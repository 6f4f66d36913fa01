"""The queue of quotes in SQS.

The producer's span is created here: the botocore instrumentation follows conventions
before 1.20 and does not inject the trace context into the message.
https://opentelemetry.io/docs/specs/semconv/messaging/sqs/
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from opentelemetry import propagate, trace
from opentelemetry.propagators.textmap import Setter
from opentelemetry.semconv._incubating.attributes import messaging_attributes as messaging
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.trace import SpanKind

from pricing_api.quotes import Quote

if TYPE_CHECKING:
    from botocore.client import BaseClient

tracer = trace.get_tracer(__name__)
log = structlog.get_logger()


class QuoteQueue:
    """The SQS queue that every quote is sent to."""

    def __init__(self, client: "BaseClient", name: str) -> None:
        self._client = client
        self._name = name
        # A queue that exists with the same settings is returned.
        self._url: str = client.create_queue(QueueName=name)["QueueUrl"]

    def send(self, quote: Quote) -> None:
        """Send a quote; a failure is logged, and the customer still gets the price."""
        try:
            self._send(quote)
        except (BotoCoreError, ClientError) as error:
            log.warning("quote not sent", reason=str(error))

    def _send(self, quote: Quote) -> None:
        body = quote.model_dump_json()
        server = urlsplit(self._url)
        with tracer.start_as_current_span(
            f"send {self._name}",
            kind=SpanKind.PRODUCER,
            attributes={
                messaging.MESSAGING_SYSTEM: messaging.MessagingSystemValues.AWS_SQS.value,
                messaging.MESSAGING_OPERATION_TYPE: "send",
                messaging.MESSAGING_OPERATION_NAME: "send",
                messaging.MESSAGING_DESTINATION_NAME: self._name,
                messaging.MESSAGING_MESSAGE_BODY_SIZE: len(body.encode()),
                SERVER_ADDRESS: server.hostname or "",
                SERVER_PORT: server.port or DEFAULT_PORT,
            },
        ) as span:
            attributes: MessageAttributes = {}
            propagate.inject(attributes, setter=_MessageAttributeSetter())
            try:
                sent = self._client.send_message(
                    QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes
                )
            except (BotoCoreError, ClientError) as error:
                span.set_attribute(ERROR_TYPE, type(error).__qualname__)
                raise
            span.set_attribute(messaging.MESSAGING_MESSAGE_ID, sent["MessageId"])


def connect(name: str) -> QuoteQueue:
    """Connect to the queue in the SQS service of the AWS_* variables."""
    client = boto3.client(
        "sqs",
        config=Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1}),
    )
    return QuoteQueue(client, name)


MessageAttributes = dict[str, dict[str, str]]


class _MessageAttributeSetter(Setter[Any]):
    def set(self, carrier: MessageAttributes, key: str, value: str) -> None:
        # SQS refuses an empty attribute, and an empty tracestate has no content.
        if value:
            carrier[key] = {"DataType": "String", "StringValue": value}


DEFAULT_PORT = 443
