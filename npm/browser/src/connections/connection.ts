// A connection that the page keeps open, and the span that it becomes.

import type { Shared } from "../context/record.js";
import { newChild } from "../context/span-context.js";
import { beforeStop, onWindow } from "../control/started.js";
import { elapsed } from "../core/platform.js";
import { SERVER_ADDRESS, SERVER_PORT, URL_FULL, URL_TEMPLATE } from "../generated/semconv.js";
import { templatesOf, type Templates } from "../templates/template.js";
import { recordSpan, type Floats, type Values } from "../tracing/recorded.js";

/** Which connections are traced, and their names. */
export interface ConnectionOptions {
  /** Templates of addresses, such as `/live/{room}`: the name of the span has them. */
  templates?: Templates;
  /** Whether a template is guessed where none is known (default `true`). */
  guess?: boolean;
  /** Addresses that are not traced, in the form of templates. */
  exclusions?: readonly string[];
}

/** A connection under way. */
export interface Connection {
  /** When it was opened first, ms since the page's time origin. */
  openedAt?: number;
  /** When it was begun, likewise. */
  readonly start: number;
  /** Records it once, with what `describe` says of it. */
  end(outcome: string, error?: string, values?: Values): void;
}

/** Begins connections as children of the span that is open; all are recorded when the page ends. */
export interface Connections {
  /** `describe` returns what is known of it at its end. Nothing is returned for an address that is excluded. */
  begin(address: string, describe: (outcome: string) => readonly [Values, Floats]): Connection | undefined;
  /** Records all that are open, and no more. */
  stop(): void;
}

/** Makes the list of a kind of connection, which the names of spans begin with. */
export function makeConnections(shared: Shared, kind: string, { templates, guess = true, exclusions }: ConnectionOptions): Connections {
  const find = templatesOf(templates, guess);
  const isExcluded = templatesOf(exclusions, false);
  const open = new Set<Connection>();
  const endAll = (): void => open.forEach((one) => one.end("page_ended"));
  // Before the client sends what it has for the second time, which it does after the page's own handlers.
  const unleave = onWindow(["pagehide"], endAll);
  const forget = beforeStop(shared, endAll);
  return {
    begin(address, describe) {
      const url = new URL(address);
      if (isExcluded(url)) return undefined;
      // Throws once telemetry has ended.
      const [parent, , inferred] = shared[3]();
      const place = shared[4]();
      const template = find(url);
      const { hostname, port, protocol, origin, pathname } = url;
      const start = elapsed();
      const connection: Connection = {
        start,
        end(outcome, error, values) {
          if (!open.delete(connection)) return;
          const [more, floats] = describe(outcome);
          recordSpan(
            shared,
            place,
            { name: `${kind}${template && ` ${template}`}`, context: newChild(parent), parent, inferred, start, end: elapsed(), isClient: true, error },
            {
              // A socket has no headers that a page may set, so that secrets are in the query.
              [URL_FULL]: `${origin}${pathname}`,
              [URL_TEMPLATE]: template || undefined,
              // The brackets of an IPv6 address belong to the URL.
              [SERVER_ADDRESS]: hostname.replace(/[[\]]/g, ""),
              [SERVER_PORT]: +port || (/s:$/.test(protocol) ? 443 : 80),
              ...values,
              ...more,
            },
            floats,
          );
        },
      };
      open.add(connection);
      return connection;
    },
    stop() {
      forget();
      endAll();
      unleave();
    },
  };
}
