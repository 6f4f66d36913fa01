// The event source of Lambda between a queue and a function: receives messages, invokes the function
// with them, and deletes those that it does not report.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
import { readFileSync } from "node:fs";
import { send } from "../../src/aws/client.mjs";

const recorded = JSON.parse(readFileSync(new URL("../events/sqs.json", import.meta.url), "utf8"));

export class EventSource {
  #queueUrl;

  constructor(queueUrl) {
    this.#queueUrl = queueUrl;
  }

  /** Invokes a function with what is there; the ids of the messages and of those that stay. */
  async poll(invoke) {
    const event = await this.receive();
    if (event.Records.length === 0) return { received: [], left: [] };
    const { batchItemFailures } = await invoke(event);
    const left = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    for (const { messageId, receiptHandle } of event.Records) {
      if (!left.includes(messageId)) await this.call("DeleteMessage", { ReceiptHandle: receiptHandle });
    }
    return { received: event.Records.map(({ messageId }) => messageId), left };
  }

  /** The event of the messages that are there. */
  async receive() {
    const wanted = { MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_S, MessageSystemAttributeNames: ["All"] };
    const { Messages: messages = [] } = await this.call("ReceiveMessage", wanted);
    return { Records: messages.map(toRecord) };
  }

  async call(action, parameters = {}) {
    const response = await send(
      {
        method: "POST",
        url: new URL("/", this.#queueUrl),
        headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
        body: JSON.stringify({ QueueUrl: this.#queueUrl, ...parameters }),
      },
      { service: "sqs", region: process.env.AWS_REGION },
    );
    return response.body.length > 0 ? JSON.parse(response.body) : {};
  }
}

/** Seconds that messages are hidden for while the function has them. */
const HIDDEN_S = 60;

function toRecord(message) {
  return {
    ...recorded.Records[0],
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    md5OfBody: message.MD5OfBody,
  };
}
