// Loggers, whose records are the page's.

import { context, trace } from "@opentelemetry/api";
import type { Logger, LoggerProvider, LogRecord } from "@opentelemetry/api-logs";
import { findStarted } from "../control/started.js";
import { makeAttributes } from "../tracing/attributes.js";
import { asContext, isValid } from "../tracing/identity.js";
import { anyValue, LONGEST, message, text } from "../tracing/protobuf.js";
import { LOG_ATTRIBUTES, micros } from "../tracing/span.js";
import { ofScope, toMs } from "./values.js";

/** Makes loggers; the name and version of one are attributes of its records. */
export const loggerProvider: LoggerProvider = {
  getLogger: (name, version): Logger => ({
    emit(record) {
      try {
        emit(record, name, version);
      } catch {
        // What the page has given cannot be read.
      }
    },
    enabled: () => !!findStarted(),
  }),
};

function emit(given: LogRecord, scope: string, version: string | undefined): void {
  const shared = findStarted()?.shared;
  if (!shared) return;
  const { timestamp, severityNumber = 0, severityText, eventName = "", body, attributes, exception, context: within = context.active() } = given;
  const span = trace.getSpanContext(within);
  const ids = isValid(span) ? asContext(span) : (["", "", ""] as const);
  const all = makeAttributes(LOG_ATTRIBUTES);
  if (exception != null) {
    const { name, message: about = String(exception), stack } = Object(exception) as Partial<Error>;
    all.set({ "exception.type": name ?? typeof exception, "exception.message": about, "exception.stacktrace": stack });
  }
  all.set(attributes);
  all.set(ofScope(scope, version));
  const isText = typeof body == "string";
  const rest = (severityText ? text(SEVERITY_TEXT, severityText.slice(0, LONGEST)) : "") + (isText || body == null ? "" : message(BODY, anyValue(body)));
  const [kind, session, address, own = []] = shared[4]();
  // Without room for its body it has none: attributes that do not fit are counted.
  const [texts, written] = all.write(rest.length > ROOM ? "" : rest, own);
  shared[5]([kind, session, address, all.besides(own)], "L", micros(toMs(timestamp)), ...ids, severityNumber, isText ? body : "", eventName, texts, written);
}

/** Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto */
const SEVERITY_TEXT = 3;
const BODY = 5;
/** Hexadecimal digits of the body; a fact's text is cut off at 8,192. */
const ROOM = 7900;
