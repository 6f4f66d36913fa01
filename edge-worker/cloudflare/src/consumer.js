// Takes up the messages that a queue delivers: exports each, and says what becomes of it.
// https://developers.cloudflare.com/queues/configuration/javascript-apis/
import { takeUp } from "edge";
import { unlessTrapped } from "./trap.js";

/** Takes up every message of a batch, each by itself. */
export async function takeUpAll({ messages }, env, context) {
  await Promise.all(messages.map((message) => takeUpOne(message, env, context)));
}

async function takeUpOne(message, env, context) {
  try {
    const key = message.body?.key;
    const bytes = key ? await read(env.THROUGHLINE_BUCKET, key) : new Uint8Array(message.body);
    if (!bytes) {
      console.warn(`throughline: message ${message.id} was delivered before: its object ${key} is gone`);
      return message.ack();
    }
    const after = await unlessTrapped(() => takeUp(env, context, bytes, message.attempts - 1));
    if (after >= 0 && message.attempts < MOST_DELIVERIES) {
      return message.retry({ delaySeconds: Math.min(Math.ceil(after / 1000), LONGEST_DELAY_S) });
    }
    // From here on its records are counted, or no delivery follows: it must not come again.
    message.ack();
    if (after !== DONE) await keep(env.THROUGHLINE_BUCKET, message.id, bytes);
    if (key) await env.THROUGHLINE_BUCKET.delete(key);
  } catch (error) {
    console.warn(`throughline: message ${message.id} stays in the queue`, error);
    message.retry({ delaySeconds: FAULT_DELAY_S });
  }
}

async function read(bucket, key) {
  const object = await bucket.get(key);
  return object && new Uint8Array(await object.arrayBuffer());
}

/** Keeps a message that no delivery can help; the edge has logged why. */
async function keep(bucket, id, bytes) {
  const key = `dead-letters/${new Date().toISOString().slice(0, 10)}/${id}`;
  await bucket?.put(key, bytes);
  console.error(`throughline: message ${id} is not delivered, and ${bucket ? `kept as ${key}` : "dropped"}`);
}

/** Result of `takeUp` in place of the ms until the next delivery; -2 is a message that is refused. */
const DONE = -1;
/** A delivery and `max_retries` of wrangler.jsonc. */
const MOST_DELIVERIES = 101;
/** https://developers.cloudflare.com/queues/platform/limits/ */
const LONGEST_DELAY_S = 43200;
/** The wait after a trap, or a fault of the bucket. */
const FAULT_DELAY_S = 5;
