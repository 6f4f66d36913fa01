// A queue of SQS, by its JSON protocol.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
import { send } from "./client.mjs";

export class Sqs {
  #queueUrl;
  /** The region in which the queue is. */
  region;

  /** A queue by its URL. That of another service than AWS's is in the function's region. */
  constructor(queueUrl, region = process.env.AWS_REGION) {
    this.#queueUrl = queueUrl;
    this.region = /^https:\/\/sqs(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws|api\.aws)/.exec(queueUrl)?.[1] ?? region;
  }

  /** Stores a message: a text of at most 1 MiB of characters that XML has. */
  async send(text, deadline) {
    await this.#call("SendMessage", { MessageBody: text }, deadline);
  }

  /** Hides a message that was received for so many seconds from now. */
  async hide(receiptHandle, seconds) {
    await this.#call("ChangeMessageVisibility", { ReceiptHandle: receiptHandle, VisibilityTimeout: seconds });
  }

  async #call(action, parameters, deadline) {
    const request = {
      method: "POST",
      url: new URL("/", this.#queueUrl),
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
      body: JSON.stringify({ QueueUrl: this.#queueUrl, ...parameters }),
    };
    await send(request, { service: "sqs", region: this.region }, deadline);
  }
}

/**
 * Bytes of the text of one message.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Seconds that a message can be hidden for: 12 hours since it was received. */
export const LONGEST_HIDDEN_S = 11 * 3600;
