// @ts-check
// Runs a program of tests/cases/sentry-programs with Sentry's package, and with ours in its place.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { serve } from "../browser/site.mjs";
import { envelopeOf } from "./envelope.mjs";

/** The repository. */
export const ROOT = join(import.meta.dirname, "../..");
/** The programs, a folder for each. */
export const CASES = join(ROOT, "tests/cases/sentry-programs");
/** The alias by which a page migrates. */
export const ALIAS = {
  "@sentry/browser": join(ROOT, "npm/browser/dist/sentry.js"),
  "@sentry/react": join(ROOT, "npm/react/dist/sentry.js"),
};

/** @typedef {import("./noticed.mjs").Sent} Sent */

/** The names of the programs. */
export const programs = async () => (await readdir(CASES, { withFileTypes: true })).filter((one) => one.isDirectory()).map(({ name }) => name);

/** Builds a program of the cases as a page's bundler would. @param {string} name @param {Record<string, string>} alias */
export const bundled = (name, alias) => builtSource('import { flush } from "@sentry/browser"; import "./program"; Object.assign(window, { flush, ran: true });', alias, join(CASES, name));

/** Builds a module in a folder. @param {string} contents @param {Record<string, string>} alias */
export async function builtSource(contents, alias, resolveDir = CASES) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    alias,
    // The programs are beside no `node_modules` of their own.
    nodePaths: [join(import.meta.dirname, "node_modules"), join(ROOT, "node_modules")],
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return outputFiles[0]?.text ?? "";
}

/**
 * Runs a built program in a page of its own; returns what it has sent and noted, and what the console said.
 * @param {import("playwright-core").Browser} browser @param {string | [path: string, text: string][]} code a module, or the files of a site
 * @param {{ dsn?: (origin: string) => string }} [given]
 */
export async function run(browser, code, { dsn = (origin) => origin.replace("//", "//pk_test@") + "/_t/1" } = {}) {
  const site = await serve();
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    /** @type {Sent["envelopes"]} */
    const envelopes = [];
    /** @type {string[]} */
    const printed = [];
    page.on("pageerror", (error) => void printed.push(`uncaught: ${error.stack}`));
    page.on("console", (message) => void printed.push(`${message.type()}: ${message.text()}`));
    await page.route(/\/api\/\d+\/envelope\//, (route) => {
      envelopes.push(...envelopeOf(route.request().postDataBuffer() ?? Buffer.of()));
      return route.fulfill({ status: 200, contentType: "application/json", body: "{}" });
    });
    await page.exposeFunction("clicked", (/** @type {string} */ selector) => page.click(selector));
    await page.addInitScript(helpers, dsn(site.origin));
    for (const [path, body] of typeof code == "string" ? [["/main.js", code]] : code) site.put(path === "/index.html" ? "/" : String(path), { body: String(body) });
    if (typeof code == "string") site.put("/", { body: `<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><body><script type="module" src="/main.js"></script></body></html>` });
    await page.goto(`${site.origin}/`);
    await page.waitForFunction("window.ran").catch((error) => {
      throw new Error(`the program did not end: ${printed.join("; ")}`, { cause: error });
    });
    await page.evaluate("flush(5000)");
    const { receiver } = site;
    return {
      envelopes,
      spans: receiver.spans(),
      logs: receiver.logs(),
      requests: site.apiRequests,
      keys: receiver.requests.map(({ query }) => query.get("key")),
      dropped: receiver.bundles().map(({ dropped }) => dropped),
      noted: /** @type {unknown[]} */ (await page.evaluate("noted")),
      printed,
    };
  } finally {
    await context.close();
    await site.stop();
  }
}

/** Defines what globals.d.ts declares. @param {string} dsn */
function helpers(dsn) {
  /** @type {unknown[]} */
  const noted = [];
  /** @param {() => unknown} condition */
  const until = async (condition) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  Object.assign(window, {
    DSN: dsn,
    noted,
    until,
    note: (/** @type {unknown[]} */ ...values) => void noted.push(JSON.parse(JSON.stringify(values))),
    shown: (/** @type {string} */ selector) => until(() => document.querySelector(selector)),
  });
}
