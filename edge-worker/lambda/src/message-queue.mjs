// The durable queue of a function: a queue of SQS, with a bucket of S3 for what is too large for it and
// for dead letters.
import { randomUUID } from "node:crypto";
import { Bucket } from "./aws/s3.mjs";
import { LONGEST_HIDDEN_S, MAX_MESSAGE_BYTES, Sqs } from "./aws/sqs.mjs";

export class MessageQueue {
  #sqs;
  #bucket;

  /** A queue by its URL; without a bucket it has no messages that are too large for SQS. */
  constructor(queueUrl, bucket) {
    this.#sqs = new Sqs(queueUrl);
    if (bucket) this.#bucket = new Bucket(bucket, this.#sqs.region);
  }

  /** Most bytes of one message. */
  get maxMessageBytes() {
    return this.#bucket ? LARGEST_OBJECT : LARGEST_INLINE;
  }

  /** Stores a message; rejects when it is not known whether it is stored. */
  async put(bytes) {
    const deadline = performance.now() + PUT_MS;
    if (bytes.length <= LARGEST_INLINE) return this.#sqs.send(toBase64(bytes), deadline);
    const key = `${OBJECTS}${randomUUID()}`;
    await this.#bucket.put(key, bytes, deadline);
    await this.#sqs.send(`{"key":"${key}"}`, deadline);
  }

  /**
   * The bytes of a message by its text in SQS, and the key of its object, where it has one. No bytes: it
   * is gone, because an earlier delivery has removed it.
   */
  async read(text) {
    const key = REFERENCE.exec(text)?.[1];
    if (key && this.#bucket) return { bytes: await this.#bucket.get(key), key };
    const bytes = Buffer.from(text, "base64");
    // A text that somebody else sent is no message, and is refused as one.
    return { bytes: bytes.toString("base64") === text ? bytes : Buffer.from(text, "utf8") };
  }

  /** Removes the object of a message that is done; `key` may be absent. */
  async remove(key) {
    if (key) await this.#bucket.remove(key);
  }

  /** Delivers a message that was received again, not before so many milliseconds. */
  async postpone(receiptHandle, milliseconds) {
    const seconds = Math.ceil(milliseconds / 1000);
    await this.#sqs.hide(receiptHandle, Math.min(seconds, LONGEST_HIDDEN_S));
  }

  /** Keeps a message that no delivery can help, and returns its key; `undefined` without a bucket. */
  async keepDeadLetter(id, bytes) {
    if (!this.#bucket) return undefined;
    const key = `${DEAD_LETTERS}${new Date().toISOString().slice(0, 10)}/${id.replaceAll(/[^\w-]/g, "_")}`;
    await this.#bucket.put(key, bytes);
    return key;
  }
}

function toBase64(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** Prefixes of keys: the template gives objects below each their time, and the role its rights. */
const OBJECTS = "queue/";
const DEAD_LETTERS = "dead-letters/";
const REFERENCE = /^\{"key":"(queue\/[0-9a-f-]{36})"\}$/;
/** Three bytes are four characters of base64. */
const LARGEST_INLINE = (MAX_MESSAGE_BYTES / 4) * 3;
/** An object may have more; the edge has few batches that are as large. */
const LARGEST_OBJECT = 8 * 1024 * 1024;
/** Less than the time after which the edge exports a batch itself: it would be stored as well. */
const PUT_MS = 3500;
