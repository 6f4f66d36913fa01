// The apps of a page, and which of them an error or a request is of.

import { observeCalls } from "../calls/observe.js";
import { APPS } from "../context/places.js";
import type { Shared } from "../context/record.js";
import { pendingOf } from "../control/pending.js";
import { findStarted, onShutdown } from "../control/started.js";
import { OTEL_SCOPE_NAME } from "../generated/semconv.js";
import { merged, whileOwn } from "../reporting/own-attributes.js";
import { matches, scriptsIn } from "../reporting/scripts.js";
import { scopeIn, scopeOf, type Scope } from "./scope.js";

/** The name of an app, and where its scripts are. */
export interface AppOptions {
  /** `otel.scope.name` */
  name: string;
  /** `otel.scope.version` */
  version?: string;
  /**
   * Addresses of the app's own scripts: texts that are in them, or expressions that fit them. Errors and requests
   * are of the app whose script is innermost in their stack. Leave out what apps share, such as a vendor chunk.
   */
  urls?: readonly (string | RegExp)[];
}

/** An app that has joined the page. */
interface Joined {
  readonly scope: Scope;
  /** Joins, if the page has a client by now. */
  find(): void;
  end(): void;
}

/** Apps by name, whichever copy of this entry they call. */
type Apps = Map<string, readonly [scope: Scope, urls: AppOptions["urls"]]>;

/** Lets an app join the page; another one with its name is replaced. */
export function join({ name, version, urls }: AppOptions): Joined {
  const scope = scopeOf(String(name), version);
  const app = [scope, urls] as const;
  let isEnded = !urls?.length;
  let apps: Apps | undefined;
  const find = (): void => {
    const shared = findStarted()?.shared;
    if (isEnded || apps || !shared) return;
    apps = appsOf(shared);
    apps.set(scope[OTEL_SCOPE_NAME]!, app);
  };
  find();
  pendingOf()?.[2](find);
  return {
    scope,
    find,
    end() {
      isEnded = true;
      if (apps?.get(scope[OTEL_SCOPE_NAME]!) == app) apps.delete(scope[OTEL_SCOPE_NAME]!);
    },
  };
}

/** The apps of a page, whose errors and requests are attributed from the first call on. */
function appsOf(shared: Shared): Apps {
  const known = shared[APPS] as Apps | undefined;
  if (known) return known;
  const apps: Apps = new Map();
  shared[APPS] = apps;
  /** The app whose script is the innermost of these. */
  const appOf = (scripts: readonly string[]): Scope | undefined => {
    for (const script of scripts) for (const [scope, urls] of apps.values()) if (matches(urls, script)) return scope;
    return undefined;
  };
  /** Attributes with those of an app, unless one records already. */
  const ownWith = (find: () => Scope | undefined): readonly string[] => {
    const [own] = shared;
    const scope = scopeIn(own)[OTEL_SCOPE_NAME] == undefined ? find() : undefined;
    return scope ? merged(own, scope) : own;
  };
  const [, record] = shared;
  shared[1] = (fact, thrown) => {
    if (fact[0] != "E") return record(fact, thrown);
    const [, , , , , , , file, , , type, text, stack = ""] = fact;
    const scripts = scriptsIn(stack, type, text);
    const own = ownWith(() => appOf(scripts.length || !file ? scripts : [file]));
    whileOwn({ shared } as never, own, () => record(fact, thrown));
  };
  onShutdown(observeCalls(shared, { see: () => (apps.size ? ownWith(() => appOf(scriptsIn(stackNow()))) : undefined) }));
  return apps;
}

/** The stack of the call. V8 keeps ten frames unless it is told otherwise, and libraries of requests may be deeper. */
function stackNow(): string {
  const limited = Error as { stackTraceLimit?: number };
  const { stackTraceLimit } = limited;
  try {
    if (stackTraceLimit) limited.stackTraceLimit = FRAMES;
    return new Error().stack ?? "";
  } finally {
    if (stackTraceLimit) limited.stackTraceLimit = stackTraceLimit;
  }
}

const FRAMES = 50;
