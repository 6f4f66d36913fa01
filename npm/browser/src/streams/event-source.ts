// Records streams of server-sent events as spans: https://html.spec.whatwg.org/multipage/server-sent-events.html

import type { Shared } from "../context/record.js";
import { makeConnections, type Connection, type ConnectionOptions } from "../connections/connection.js";
import { observeConstructor, wrapMethods } from "../connections/constructor.js";
import { elapsed, listen, setTimeout } from "../core/platform.js";
import {
  THROUGHLINE_EVENT_SOURCE_CONNECT_DURATION,
  THROUGHLINE_EVENT_SOURCE_MESSAGES,
  THROUGHLINE_EVENT_SOURCE_OUTCOME,
  THROUGHLINE_EVENT_SOURCE_RECONNECTIONS,
  THROUGHLINE_EVENT_SOURCE_TIME_TO_FIRST_MESSAGE,
} from "../generated/semconv.js";

/** Starts to trace; returns the function that undoes it. */
export function traceEventSources(shared: Shared, options: ConnectionOptions): () => void {
  // A browser without it has nothing to trace.
  if (typeof EventSource != "function") return () => {};
  const { prototype } = EventSource;
  const { close } = prototype;
  const sources = new WeakMap<EventSource, Connection>();
  const connections = makeConnections(shared, "eventsource", options);
  const undo = [
    observeConstructor("EventSource", begin),
    wrapMethods(prototype, {
      close(this: EventSource): void {
        close.apply(this, arguments as never);
        sources.get(this)?.end("closed_by_page");
      },
    }),
  ];

  function begin(source: EventSource): void {
    let messages = 0;
    let reconnections = 0;
    let first: number | undefined;
    let isLost = false;
    const connection = connections.begin(source.url, (outcome) => [
      {
        [THROUGHLINE_EVENT_SOURCE_OUTCOME]: outcome,
        [THROUGHLINE_EVENT_SOURCE_MESSAGES]: messages,
        [THROUGHLINE_EVENT_SOURCE_RECONNECTIONS]: reconnections,
      },
      {
        [THROUGHLINE_EVENT_SOURCE_CONNECT_DURATION]: connection?.openedAt && connection.openedAt - connection.start,
        [THROUGHLINE_EVENT_SOURCE_TIME_TO_FIRST_MESSAGE]: first,
      },
    ]);
    if (!connection) return;
    const on = (type: string, listener: () => void): void => listen.call(source, type, listener);
    on("open", () => {
      isLost = false;
      if (connection.openedAt) reconnections++;
      connection.openedAt ??= elapsed();
    });
    on("message", () => {
      messages++;
      first ??= elapsed() - connection.start;
    });
    on("error", () => {
      // While the browser connects again it is none.
      if (source.readyState != CLOSED) isLost = true;
      else if (!connection.openedAt || isLost) connection.end("failed", connection.openedAt ? "connection_lost" : "connection_failed");
      // A connection that is lost is opened again: Chromium closes all when the page is about to end.
      else setTimeout(() => connection.end("failed", "connection_lost"), ENDING_MS);
    });
    sources.set(source, connection);
  }

  return () => {
    for (const one of undo) one();
    connections.stop();
  };
}

const CLOSED = 2;
/** The time for the next page to come. */
const ENDING_MS = 5000;
