// Records the timing of the page's requests, and writes requests as fields.

import { serverSpan } from "../../context/document.js";
import { record } from "../../context/record.js";
import { micros } from "../../core/clock.js";
import { observe, takeEntries } from "../../core/observe.js";
import { timing } from "../../core/resource-timing.js";
import type { WrittenRequest } from "../../generated/facts.js";
import type { LateSignal } from "../signal.js";

/** The late part of the requests signal. */
export const late: LateSignal = {
  /**
   * Records the timing of each request of the page by `fetch` or XMLHttpRequest. The browser measures it only after the
   * response was read, so the engine joins it to its span later: by the span that the server has continued, or the
   * trace, if it names them, else by address and time.
   */
  start({ requestTo, signals }) {
    if (signals?.fetch == false && signals.xhr == false) return;
    observe("resource", (entry: PerformanceResourceTiming) => {
      const { initiatorType, name, startTime, responseEnd, deliveryType } = entry;
      // A response from the cache names the request that has filled it.
      const server = deliveryType == "cache" ? undefined : entry;
      if (/^(fe|xm)/.test(initiatorType) && requestTo(name))
        record(
          "R",
          name,
          serverSpan(server)?.[0],
          micros(startTime),
          micros(responseEnd),
          ...timing(entry),
          server?.serverTiming?.filter(({ name }) => name == "parent").pop()?.description,
        );
    });
  },
  leave: takeEntries,
  fields: {
    // The URL is its thirteenth field; after it is what optional parts say of the request, which may leave a field out.
    F: (fact: readonly unknown[]) => fact.slice(0, 12).concat(server(fact[12] as URL), fact.slice(13)) as unknown as WrittenRequest,
  },
};

/** Host and port, which a URL leaves out where it is the default. */
const server = ({ hostname, port, protocol }: URL): readonly [host: string, port: number] => [
  // The brackets of an IPv6 address belong to the URL.
  hostname.replace(/[[\]]/g, ""),
  +port || (protocol == "https:" ? 443 : 80),
];
