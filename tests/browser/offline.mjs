// @ts-check
// A page that keeps batches, and its store, for tests of `@throughline/browser/offline`.

import { readBundle } from "./otlp.mjs";

/** @typedef {import("./site.mjs").Site} Site */
/** @typedef {{ id: string, keptAt: number, postedAt: number, notBefore: number, bytes: number, records: number }} Kept */

/** Markup that starts a client, which keeps batches within `bounds`. @param {string} bounds */
export const keeping = (bounds = "{}") => (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as control from "/dist/control.js"; import { keepOffline } from "/dist/offline.js";
    const given = ${options};
    Object.assign(window, { control, keepOffline, throughline: init(given) });
    window.stop = keepOffline(${bounds});</script>`;

/** The options of a page with consent. */
export const granted = () => ({ consent: "granted" });

/** An expression that resolves once the store is open, or will never be. */
export const OPEN = `(async () => {
  while (!window.control?.diagnostics()?.offline || control.diagnostics().offline.state == "waiting") await new Promise((settle) => setTimeout(settle, 10));
  return control.diagnostics().offline;
})()`;

/** An expression with all that is stored, oldest first; `change`, a function, may change each. */
export const stored = (change = "undefined") => `new Promise((settle, fail) => {
  const opening = indexedDB.open("throughline");
  opening.onerror = fail;
  opening.onsuccess = () => {
    const database = opening.result;
    database.onversionchange = () => database.close();
    const done = (all) => { database.close(); settle(all); };
    if (!database.objectStoreNames.length) return done([]);
    const transaction = database.transaction("batches", "readwrite");
    const all = [];
    transaction.objectStore("batches").index("oldest").openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      const kept = cursor.value;
      const change = ${change};
      if (change) { cursor.delete(); change(kept); transaction.objectStore("batches").put(kept); }
      const { body, ...rest } = kept;
      all.push({ ...rest, body: [...body] });
      cursor.continue();
    };
    transaction.oncomplete = () => done(all);
  };
})`;

/** An expression that resolves with whether a page has the right to send what is stored, by a claim in the database. */
export const CLAIMED = `new Promise(async (settle, fail) => {
  // To open it would make one.
  if (!(await indexedDB.databases()).some(({ name }) => name == "throughline")) return settle(false);
  const opening = indexedDB.open("throughline");
  opening.onerror = fail;
  opening.onsuccess = () => {
    const database = opening.result;
    database.onversionchange = () => database.close();
    const done = (claimed) => { database.close(); settle(claimed); };
    if (!database.objectStoreNames.length) return done(false);
    const reading = database.transaction("claims").objectStore("claims").get("sending");
    reading.onsuccess = () => done(reading.result?.[1] > Date.now());
    reading.onerror = fail;
  };
})`;

/** Ids of the Bundles that were posted, with the status of the response. @param {Site} site */
export const posted = (site) =>
  site.receiver.requests.filter(({ path }) => path.endsWith("/v1/bundle")).map(({ body, status, at }) => ({ ...readBundle(body), status, at }));

/** The Bundles with the error of this message. @param {Site} site @param {string} message */
export const postedWith = (site, message) =>
  posted(site).filter(({ logs }) => logs.some(({ attributes }) => attributes["exception.message"] === message));

/** Counts of lost records by reason. @param {Site} site */
export function lostOf(site) {
  /** @type {Record<string, number>} */
  const all = {};
  for (const { dropped } of site.receiver.bundles()) for (const [reason, count] of Object.entries(dropped)) all[reason] = (all[reason] ?? 0) + count;
  return all;
}

/** The receiver is there again in an hour: no page waits for it. @type {() => import("./receiver.mjs").Fate} */
export const away = () => ({ status: 503, headers: { "retry-after": "3600" } });
/** @type {() => import("./receiver.mjs").Fate} */
export const there = () => ({ status: 200 });
