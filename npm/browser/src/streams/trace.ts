// Starts what the page wants to know of its streams.

import { startPart } from "../control/part.js";
import { traceEventSources } from "./event-source.js";
import type { StreamOptions } from "./options.js";
import { traceChunks } from "./requests.js";

/**
 * Records when responses that arrive in parts have begun, and streams of server-sent events. No response is cloned or
 * read for it. Returns the function that undoes it. Another call while it holds changes nothing.
 */
export const traceStreams = (options: StreamOptions = {}): (() => void) =>
  startPart("streams", ({ shared }) => {
    const { models = [], responses = [], eventSources } = options;
    const undo: (() => void)[] = [];
    if (models.length + responses.length > 0) undo.push(traceChunks(shared, options));
    if (eventSources) undo.push(traceEventSources(shared, eventSources === true ? {} : eventSources));
    return () => undo.forEach((one) => one());
  });
