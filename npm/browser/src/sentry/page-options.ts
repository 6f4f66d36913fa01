// The options of the page's client that those of Sentry's packages become.

import type { Options } from "../options.js";
import { targetOf } from "./dsn.js";
import type { BrowserOptions } from "./options.js";
import { tell } from "./told.js";

/** The options of the client; nothing where the page does not want to send. Throws what is wrong. */
export function pageOptions(given: BrowserOptions): Options | undefined {
  const target = given.enabled === false ? undefined : targetOf(given);
  if (!target) return undefined;
  if (/^[\da-f]{32}$/.test(target.key ?? "")) tell("the key of `dsn` looks like one of Sentry's: that of an edge is `pk_…`");
  const { serviceName, release, environment = "production", consent, embedded, tracePropagationTargets } = given;
  return {
    ...target,
    serviceName: serviceName ?? (release?.includes("@") ? release.slice(0, release.lastIndexOf("@")) : (globalThis as { location?: Location }).location?.hostname || "unknown_service"),
    ...(release && { serviceVersion: release }),
    environment,
    tracePropagationTargets: (Array.isArray(tracePropagationTargets) ? tracePropagationTargets : []).flatMap(targetsOf),
    ...(consent && { consent }),
    ...(embedded === true && { embedded }),
  };
}

/** A target in the form of the client: origins, and expressions that are tried on origin and path. */
function targetsOf(target: string | RegExp): (string | RegExp)[] {
  if (target instanceof RegExp) return [target];
  // A path of the page's own origin, which receives the header.
  if (typeof target != "string" || /^\/(?!\/)/.test(target)) return [];
  if (/^https?:\/\/[^/]+\/?$/.test(target)) return [target];
  if (/^[\w.-]+(:\d+)?$/.test(target)) return [new RegExp(`^https?://([^/@]*\\.)?${escaped(target)}(:\\d+)?/`)];
  if (/^https?:\/\//.test(target)) return [new RegExp(`^${escaped(target)}`)];
  tell(`\`tracePropagationTargets\`: "${target}" is neither an origin, nor a host, nor the beginning of an address; write one of these, or a regular expression`);
  return [];
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
