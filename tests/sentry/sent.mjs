// @ts-check
// Runs source in a page that has the alias, and tells what it has sent.

import { join } from "node:path";
import { ALIAS, builtSource, ROOT, run } from "./programs.mjs";

/** The alias of the development build. */
export const DEVELOPMENT = { "@sentry/browser": join(ROOT, "npm/browser/dist/development/sentry.js") };

/** @typedef {{ alias?: Record<string, string>, dsn?: (origin: string) => string, change?: (module: string) => string }} Given */

/** @param {import("playwright-core").Browser} browser @param {string} source @param {Given} [given] */
export async function sentBy(browser, source, { alias = ALIAS, dsn, change = (module) => module } = {}) {
  const module = `import * as Sentry from "@sentry/browser";\n${source}\nObject.assign(window, { flush: Sentry.flush, ran: true });`;
  const code = await builtSource(change(module), alias);
  const { logs, dropped, printed, spans, keys, noted, requests } = await run(browser, code, dsn ? { dsn } : {});
  /** @type {Record<string, number>} */
  const counts = {};
  for (const one of dropped) for (const [reason, count] of Object.entries(one)) counts[reason] = (counts[reason] ?? 0) + count;
  return {
    events: logs.filter(({ attributes }) => attributes["sentry.event_id"]),
    logs,
    spans,
    counts,
    printed: printed.filter((line) => line.includes("throughline")),
    keys,
    noted,
    requests,
  };
}
