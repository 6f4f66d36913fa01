// Makes batches of what was measured: a Bundle with metrics for an edge, OTLP in protobuf for any other receiver.

import type { Started } from "../../control/started.js";
import { SNAPSHOT } from "../../context/places.js";
import type { Batch, Snapshot } from "../../core/batch.js";
import { randomHex } from "../../core/ids.js";
import type { Options, Otlp } from "../../options.js";
import { message } from "../../tracing/protobuf.js";
import { bytesOf, requestsOf } from "./encode.js";
import { redacting } from "./redact.js";
import { resourceOf } from "./resource.js";
import type { Taken } from "./store.js";

/** Each is small enough that several outlive the page. */
export function batchesOf({ shared, version }: Started, options: Options, taken: readonly Taken[]): Batch[] {
  const { protocol } = options;
  const [module] = (shared[SNAPSHOT] as Snapshot | undefined)?.() ?? [];
  const isOtlp = typeof protocol == "object" && `${(protocol as Otlp).type}` == "application/json";
  const redact = redacting(taken, module, typeof protocol == "object");
  return requestsOf(taken, resourceOf(options, version), redact).map(([request, points]) => {
    // The same bytes are sent again, and an edge takes an id once: nothing is added twice.
    const id = randomHex(32);
    const [path, body, type] = isOtlp ? ["metrics", request, "application/x-protobuf"] : ["bundle", message(METRICS, request) + message(BATCH_ID, id)];
    // Without an id it is not stored for later: nothing has redacted it.
    return [path!, bytesOf(body!), type, points, module && id];
  });
}

/** Numbers of fields: crates/throughline-wire/src/bundle.rs */
const METRICS = 3;
const BATCH_ID = 5;
