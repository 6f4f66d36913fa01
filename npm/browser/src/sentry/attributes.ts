// The attributes of a record that the data of scopes become.

import {
  CLIENT_ADDRESS,
  SENTRY_EVENT_ID,
  SENTRY_FINGERPRINT,
  SENTRY_TRANSACTION,
  THROUGHLINE_EXCEPTION_COMPONENT_STACK,
  USER_EMAIL,
  USER_FULL_NAME,
  USER_ID,
  USER_NAME,
} from "../generated/semconv.js";
import { APP } from "../reporting/own-attributes.js";
import type { Context, Contexts, Event, Primitive, User } from "./event.js";

/** Texts by the names of attributes. */
export type Texts = Record<string, string>;

/** The attributes of user, tags and contexts: of all that follows, and of events. */
export function lastingAttributes({ user, tags, contexts }: { user?: User | undefined; tags?: Record<string, Primitive> | undefined; contexts?: Contexts | undefined }): Texts {
  const all: Texts = {};
  put(all, user, (name) => USER[name] ?? `${APP}user.${name}`);
  // An edge that wants the address has it from the connection.
  if (all[CLIENT_ADDRESS] == "{{auto}}") delete all[CLIENT_ADDRESS];
  put(all, tags, (name) => APP + name);
  for (const [context, values] of Object.entries(contexts ?? {}))
    // The trace is in the record's own fields.
    if (context != "trace") put(all, values, (name) => (context == "react" && name == "componentStack" ? THROUGHLINE_EXCEPTION_COMPONENT_STACK : `${APP}${context}.${name}`));
  return all;
}

/** The attributes of an event. */
export function eventAttributes(event: Event): Texts {
  const all = lastingAttributes(event);
  const { event_id, fingerprint, transaction, extra } = event;
  put(all, extra, (name) => `${APP}extra.${name}`);
  put(all, { [SENTRY_EVENT_ID]: event_id, [SENTRY_TRANSACTION]: transaction, [SENTRY_FINGERPRINT]: fingerprint?.length ? fingerprint : undefined }, (name) => name);
  return all;
}

/** Attributes of scopes, of which one may have a unit beside its value. */
export const plainAttributes = (attributes: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes).map(([name, given]) => [name, given && typeof given == "object" && "value" in given ? given.value : given]));

function put(all: Texts, values: Context | undefined | null, nameOf: (name: string) => string): void {
  for (const name of Object.keys(values ?? {})) {
    const text = asText(values![name]);
    if (text) all[nameOf(name)] = text;
  }
}

/** A value as text, an object as JSON; nothing when it cannot be read. */
export function asText(value: unknown): string {
  try {
    return value == null ? "" : typeof value == "object" && !(value instanceof String) ? (JSON.stringify(value) ?? "") : String(value);
  } catch {
    // It contains itself.
    return Object.prototype.toString.call(value);
  }
}

const USER: Readonly<Record<string, string>> = { id: USER_ID, email: USER_EMAIL, username: USER_NAME, name: USER_FULL_NAME, ip_address: CLIENT_ADDRESS };
