// Meters, whose measurements are added up in the page.

import type { Meter, MeterOptions, MeterProvider } from "@opentelemetry/api";
import { advise } from "./advice.js";
import { makeMeter } from "./meter.js";

/** Makes meters; a name, version and schema have one. */
export const meterProvider: MeterProvider = {
  getMeter(name, version = "", { schemaUrl = "" }: MeterOptions = {}) {
    const scope = [name, version, schemaUrl].map((text) => String(text ?? "").slice(0, LONGEST)) as [string, string, string];
    const key = scope.join("\n");
    let meter = meters.get(key);
    if (!meter) {
      const isWithinLimit = meters.size < MOST;
      if (DEVELOPMENT && !isWithinLimit) advise("", `a page has ${MOST} meters at most, and those beyond record nothing: a meter has the name of what measures`);
      meter = makeMeter(scope, isWithinLimit);
      if (isWithinLimit) meters.set(key, meter);
    }
    return meter;
  },
};

const meters = new Map<string, Meter>();
/** As many as a page with names of its own for each component may have; names that it makes up have no end. */
const MOST = 100;
/** UTF-16 code units of a name, a version and an address of a schema. */
const LONGEST = 256;
