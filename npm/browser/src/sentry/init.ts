// Starts the page's client with the options of Sentry's packages.

import { init as start } from "../index.js";
import { findStarted } from "../control/started.js";
import { keep } from "../keep/keep.js";
import { adviseOptions } from "./advice.js";
import { startBreadcrumbs } from "./breadcrumbs.js";
import { makeClient, type Client } from "./client.js";
import { getCurrentScope } from "./current.js";
import type { Integration } from "./event.js";
import { getDefaultIntegrations } from "./integrations.js";
import { reflectScopes } from "./lasting.js";
import type { BrowserOptions } from "./options.js";
import { pageOptions } from "./page-options.js";
import { recordEvents } from "./recorder.js";
import { observeSpans } from "./sent-spans/observe.js";
import { settings } from "./settings.js";
import { adviseShare, givenShare, isShare } from "./share.js";
import { tell } from "./told.js";

/**
 * Starts to record what happens in the page, with the options of Sentry's packages. A page is started once:
 * a second call changes nothing. Without `dsn`, `tunnel` and `endpoint`, and with `enabled: false`, nothing is
 * recorded; a DSN that is wrong, or of sentry.io, is reported to the console, and nothing is recorded either.
 *
 * ```ts
 * import * as Sentry from "@throughline/browser/sentry";
 *
 * Sentry.init({ dsn: "https://pk_demo@edge.example/_t/1", release: "shop@1.2.3" });
 * ```
 */
export function init(options: BrowserOptions = {}): Client | undefined {
  if (settings.client) {
    tell("`init` was called before: the options of its first call hold");
    return settings.client;
  }
  settings.options = options;
  settings.integrations = integrationsOf(options);
  const client = (settings.client = makeClient());
  adviseOptions(options);
  try {
    const page = pageOptions(options);
    if (page) {
      start(page);
      record(options, client);
    } else tell("nothing is recorded: `dsn` is missing, or `enabled` is `false`");
  } catch (reason) {
    // A page that would lose all its events silently is worse than a line in its console.
    console.error(`[throughline/sentry] ${(reason as Error).message}`);
  }
  return client;
}

function record(options: BrowserOptions, client: Client): void {
  const { initialScope, tracesSampler } = options;
  const started = findStarted();
  // On a server, and where the person does not want it.
  if (!started) return;
  // Before all others: it holds back what they add to spans.
  const share = givenShare(options);
  if (isShare(share)) keep({ ratio: share });
  adviseShare(share, tracesSampler ? "tracesSampler" : "tracesSampleRate");
  recordEvents(started);
  // Before the breadcrumbs: they have a request whose span is refused, too.
  observeSpans(started);
  startBreadcrumbs();
  if (initialScope) getCurrentScope().update(initialScope);
  reflectScopes();
  for (const step of ["setupOnce", "setup", "afterAllSetup"] as const)
    for (const one of settings.integrations)
      try {
        one[step]?.(client);
      } catch (reason) {
        tell(`the integration ${one.name} could not be set up, the rest runs: ${reason}`);
      }
}

/** The integrations of the options, and those that the page has added before. */
function integrationsOf(options: BrowserOptions): Integration[] {
  const all = givenBy(options);
  return [...all, ...settings.integrations.filter(({ name }) => !all.some((one) => one.name == name))];
}

/** The default integrations with those of the page in the place of equal ones. */
function givenBy({ integrations, defaultIntegrations }: BrowserOptions): Integration[] {
  const defaults = defaultIntegrations === false ? [] : (defaultIntegrations ?? getDefaultIntegrations());
  if (typeof integrations == "function") return integrations(defaults);
  const all = new Map<string, Integration>();
  for (const one of [...defaults, ...(integrations ?? [])]) if (one) all.set(one.name, one);
  // A filter of an earlier version's name takes the place of the default one.
  if (all.has("InboundFilters")) all.delete("EventFilters");
  return [...all.values()];
}
