// Takes up the messages that a queue delivers: exports each, and says what becomes of it.
// https://developers.cloudflare.com/queues/configuration/javascript-apis/
import { takeUp } from "edge";
import { unlessTrapped } from "./trap.js";

/** Takes up every message of a batch, each by itself. */
export async function takeUpAll({ messages }, env, context) {
  const isLarge = ({ body }) => body?.key !== undefined;
  const takeUpLarge = async () => {
    // One after the other: an object may have 8 MiB, and an isolate has 128 MB.
    for (const message of messages.filter(isLarge)) await takeUpOne(message, env, context);
  };
  const small = messages.filter((message) => !isLarge(message));
  await Promise.all([takeUpLarge(), ...small.map((message) => takeUpOne(message, env, context))]);
}

async function takeUpOne(message, env, context) {
  const { id, attempts, body } = message;
  const bucket = env.THROUGHLINE_BUCKET;
  const key = body?.key;
  const isLast = attempts >= MOST_DELIVERIES;
  const again = (what, error) => {
    const delaySeconds = Math.min(FAULT_DELAY_S * 2 ** (attempts - 1), LONGEST_FAULT_DELAY_S);
    console.warn(`throughline: message ${id} ${what}; delivery ${attempts + 1} is in ${delaySeconds} s`, error);
    message.retry({ delaySeconds });
  };
  let bytes;
  let after = REFUSED;
  try {
    bytes = key ? await read(bucket, key) : new Uint8Array(body);
    if (!bytes) {
      console.warn(`throughline: message ${id} was delivered or exported before: its object ${key} is gone`);
      return message.ack();
    }
    after = await unlessTrapped(() => takeUp(env, context, bytes, attempts - 1, isLast));
    if (after >= 0 && !isLast) {
      return message.retry({ delaySeconds: Math.min(Math.ceil(after / 1000), LONGEST_DELAY_S) });
    }
    if (after >= 0) console.error(`throughline: the backend took message ${id} in none of ${attempts} deliveries`);
  } catch (error) {
    if (!isLast) return again("is not taken up", error);
    console.error(`throughline: message ${id} is not taken up, nor are its records counted`, error);
  }
  if (after !== DONE) {
    try {
      if (bytes) await keep(bucket, id, bytes);
      else console.error(`throughline: no delivery of message ${id} follows: its object stays as ${key}`);
    } catch (error) {
      if (!isLast) return again("is not kept as a dead letter, and its records are counted once more", error);
      console.error(`throughline: message ${id} is dropped: the bucket does not take it as a dead letter`, error);
    }
  }
  // Its records are counted, or no delivery follows: it must not come again.
  message.ack();
  // A rule of the bucket removes what stays: README.md.
  if (key && bytes) await bucket.delete(key).catch(() => {});
}

async function read(bucket, key) {
  const object = await bucket.get(key);
  return object && new Uint8Array(await object.arrayBuffer());
}

/** Keeps a message that no delivery can help; a line before says why. */
async function keep(bucket, id, bytes) {
  const key = `dead-letters/${new Date().toISOString().slice(0, 10)}/${id}`;
  await bucket?.put(key, bytes);
  console.error(`throughline: message ${id} is not delivered, and ${bucket ? `kept as ${key}` : "dropped"}`);
}

/** Results of `takeUp` in place of the ms until the next delivery. */
const DONE = -1;
const REFUSED = -2;
/** A delivery and `max_retries` of wrangler.jsonc. */
const MOST_DELIVERIES = 101;
/** https://developers.cloudflare.com/queues/platform/limits/ */
const LONGEST_DELAY_S = 43200;
/** The wait after a trap, or a fault of the configuration or the bucket; twice as long each time. */
const FAULT_DELAY_S = 5;
const LONGEST_FAULT_DELAY_S = 3600;
