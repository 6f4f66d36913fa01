// What does capture send when there is no engine: not yet, not any more, or never?

import type { Endpoint } from "./endpoint.js";
import { keep, queue, whole } from "./facts.js";
import { minimalOtlp } from "./minimal-otlp.js";
import { mayRetry, type Post } from "./post.js";

/**
 * Sends what waits: to a Throughline edge the facts, which does the engine's work then; to
 * any other receiver the errors. What could not be delivered waits on. Settles when that
 * is known; never rejects.
 */
export async function sendAlone({ address, plainOtlp, resource }: Endpoint, post: Post): Promise<void> {
  const facts = queue.splice(0);
  const body = facts.length ? (plainOtlp ? minimalOtlp(resource, facts) : whole(facts)) : "";
  const response =
    body && (await (plainOtlp ? post(address("logs"), body, "application/json") : post(address("facts"), body)));
  if (body && mayRetry(response || undefined)) queue.unshift(...facts);
  else keep(facts);
}
