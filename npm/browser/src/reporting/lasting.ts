// Sets attributes of any name that all records that follow have, with the types of their values.

import { setOwn } from "./own-attributes.js";
import { withOwn, type Owner } from "./page-client.js";
import { asOwn } from "./typed.js";
import type { TypedValues } from "./values.js";

/**
 * Sets attributes of all that follows by their whole names; those without a value are removed. Numbers, booleans and lists
 * keep their types. Names that the package sets itself are refused; the development build says what to call instead.
 *
 * ```ts
 * setAttributes({ "shop.plan": "pro", "cart.items": 3, "shop.flags": ["new-search", "dark"] });
 * setAttributes({ "cart.items": null });
 * ```
 */
export const setAttributes = (attributes: TypedValues): void => withOwn((owner) => setTyped(owner, attributes));

/** Sets attributes with their types, after those that `removes` accepts are gone. */
export function setTyped(owner: Owner, attributes: Readonly<Record<string, unknown>>, removes?: (name: string) => boolean): void {
  const values: Record<string, string | undefined> = {};
  const refused: string[] = [];
  for (const name of Object.keys(attributes)) {
    const value = typedOf(attributes, name);
    if (value == null || value) values[name] = value || undefined;
    else refused.push(name);
  }
  setOwn(owner, values, "", removes, refused);
}

/** A value as what lasts has it; nothing for none, and an empty text, with advice, for one that cannot be set. */
export function typedOf(attributes: Readonly<Record<string, unknown>>, name: string): string | undefined {
  let value: string | undefined;
  try {
    const given = attributes[name];
    if (given == null) return undefined;
    value = asOwn(given);
  } catch {
    // It cannot be read.
  }
  const isOurs = !name || OURS.test(name);
  if (value && !isOurs) return value;
  if (DEVELOPMENT && !told.has(name)) console.warn(`[throughline] the attribute \`${name}\` is not set: ${isOurs ? adviceOf(name) : ADVICE}`);
  if (DEVELOPMENT) told.add(name);
  return "";
}

/** Names of which the development build has told. */
const told = new Set<string>();

/** Names that the package sets itself, of records and of the resource: crates/throughline-wire/facts.toml, and what the optional parts record. */
const OURS =
  /^((browser|code|exception|graphql|http|network|otel\.scope|sampling|server|session|telemetry\.sdk|throughline|url|user_agent)\.|(app\.widget\.name|deployment\.environment\.name|error\.type|gen_ai\.response\.time_to_first_chunk|service\.(name|version))$)/;

const ADVICE = "a value is a text, a number, a boolean, or a list of one of them; the members of an object are attributes of their own, as `setContext` sets them";

/** Advice for a name that the package sets itself. */
const adviceOf = (name: string): string =>
  name
    ? `the package sets it${INSTEAD[name] ? `, ${INSTEAD[name]}` : ""}. A name of your own begins with one of yours, as \`shop.${name.split(".").slice(1).join(".")}\` does`
    : "it has no name";

const INSTEAD: Record<string, string> = {
  "service.name": "by the option `serviceName` of `init`",
  "service.version": "by the option `serviceVersion` of `init`",
  "deployment.environment.name": "by the option `environment` of `init`",
  "session.id": "and continues or ends a session itself",
  "url.template": "by `traceRoutes` and `describeRequests`",
};
