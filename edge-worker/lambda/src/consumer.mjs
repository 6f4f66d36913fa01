// Takes up the messages of a queue of SQS that an event has.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting

/**
 * Takes up each message of an event, and returns which of them stay in the queue. `edge.takeUp` exports
 * one, and says how that ended.
 */
export async function takeUpAll({ Records }, edge, context) {
  const ends = await Promise.allSettled(Records.map((record) => takeUp(record, edge, context)));
  const batchItemFailures = [];
  for (const [at, { messageId }] of Records.entries()) {
    const { value: isDone, reason } = ends[at];
    if (reason) console.warn(`throughline: message ${messageId} stays in the queue: ${reason.message}`);
    if (!isDone) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}

/** Takes up a message; whether it is done, and leaves the queue. */
async function takeUp({ messageId, receiptHandle, body, attributes }, edge, context) {
  const { queue } = edge;
  const { bytes, key } = await queue.read(body);
  if (!bytes) {
    console.warn(`throughline: message ${messageId} was delivered before: its object ${key} is gone`);
    return true;
  }
  const attempt = Number(attributes.ApproximateReceiveCount);
  const remaining = context.getRemainingTimeInMillis() - RESERVE_MS;
  const [end, milliseconds] = await edge.takeUp(bytes, attempt, remaining);
  if (end === "retry") {
    await queue.postpone(receiptHandle, milliseconds);
    return false;
  }
  // From here on its records are counted: it must not come again.
  if (end === "refused") await keep(queue, messageId, bytes);
  await queue.remove(key).catch((error) => console.warn(`throughline: object ${key} is left: ${error.message}`));
  return true;
}

/** Keeps a message that was refused; the edge has logged why. */
async function keep(queue, messageId, bytes) {
  try {
    const key = await queue.keepDeadLetter(messageId, bytes);
    console.error(`throughline: message ${messageId} is refused, and ${key ? `kept as ${key}` : "dropped"}`);
  } catch (error) {
    console.error(`throughline: message ${messageId} is refused, and lost: ${error.message}`);
  }
}

/** The time for what follows an export. */
const RESERVE_MS = 1000;
