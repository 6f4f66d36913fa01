// Log records with the functions of Sentry's `logger`.

import { withClient } from "../reporting/page-client.js";
import type { Severity } from "../reporting/capture.js";
import { makeAttributes } from "../tracing/attributes.js";
import { LOG_ATTRIBUTES, micros } from "../tracing/span.js";
import { currentContent } from "./active.js";
import { plainAttributes } from "./attributes.js";
import { mergedContent } from "./content.js";
import { severityNumber } from "./levels.js";
import { settings } from "./settings.js";
import { parameterize, withTemplate, type ParameterizedString } from "./template.js";
import { tell } from "./told.js";

/** A log record, as `beforeSendLog` gets it. */
export interface Log {
  level: Severity;
  message: ParameterizedString;
  attributes?: Record<string, unknown>;
  severityNumber?: number;
}

/** Records log records in the span that is open, with attributes by their whole names. */
export const logger = {
  trace: (message: string, attributes?: Record<string, unknown>): void => write("trace", message, attributes),
  debug: (message: string, attributes?: Record<string, unknown>): void => write("debug", message, attributes),
  info: (message: string, attributes?: Record<string, unknown>): void => write("info", message, attributes),
  warn: (message: string, attributes?: Record<string, unknown>): void => write("warn", message, attributes),
  error: (message: string, attributes?: Record<string, unknown>): void => write("error", message, attributes),
  fatal: (message: string, attributes?: Record<string, unknown>): void => write("fatal", message, attributes),
  fmt: parameterize,
};

function write(level: Severity, message: string, attributes?: Record<string, unknown>): void {
  withClient(({ shared }) => {
    const { beforeSendLog } = settings.options;
    const given: Log = { level, message, attributes: { ...plainAttributes(mergedContent(currentContent()).attributes), ...withTemplate(message), ...attributes }, severityNumber: severityNumber(level) };
    let log: Log | null = given;
    try {
      if (beforeSendLog) log = beforeSendLog(given);
    } catch (reason) {
      log = null;
      if (DEVELOPMENT) tell(`\`beforeSendLog\` has thrown, the log record is dropped: ${reason}`);
    }
    if (!log) return shared[2]("filtered", 1);
    const all = makeAttributes(LOG_ATTRIBUTES);
    all.set(log.attributes);
    const [span = ["", "", ""]] = shared[3]();
    const [kind, session, address, own = []] = shared[4]();
    shared[5]([kind, session, address, all.besides(own)], "L", micros(), ...(span as [string, string, string]), severityNumber(log.level), String(log.message), "", ...all.write("", own));
  });
}
