// @ts-check
// Runs every query of every panel on the Prometheus and the Loki of the shop.

import { readFile } from 'node:fs/promises';
import { dashboards, exemplars, finds, looks, query, shows } from '../backends/dashboards/panels.mjs';
import { address } from './browser.mjs';

/**
 * A query that the shop has nothing for, and why. `queries`: the letters of those of the panel, all of them without it.
 * `zero`: it shows so with a 0.
 * @typedef {{ dashboard: string, panel: string, queries?: string, side?: string, zero?: boolean, why: string }} Empty
 */

/**
 * Fails where a query is refused, or finds nothing, or nothing but zeros, though it is not listed in tests/cases/e2e/panels.json.
 * @param {() => Promise<void>} shopping what happens in the shop until each has something: a visit with a purchase and errors
 */
export async function inPanels(shopping) {
  /** @type {Empty[]} */
  const empty = JSON.parse(await readFile(new URL('../cases/e2e/panels.json', import.meta.url), 'utf8'));
  const from = Date.now() / 1000 - LOOK_S;
  const queries = [];
  const unused = new Set(empty);
  for (const dashboard of await dashboards()) {
    for (const values of looks(dashboard)) {
      for (const panel of dashboard.panels) {
        for (const target of panel.targets ?? []) {
          const listed = empty.find((one) => isOf(one, dashboard.uid, panel.title, target.refId, values['side']));
          if (listed) unused.delete(listed);
          const name = `${dashboard.uid}, ${panel.title}, ${target.refId}, ${JSON.stringify(values)}`;
          queries.push({ name, dashboard, panel, target, values, listed });
        }
      }
    }
  }
  if (unused.size > 0) throw new Error(`panels.json lists what is no query: ${[...unused].map((one) => `${one.dashboard}, ${one.panel}`).join('; ')}`);
  const deadline = Date.now() + WITHIN_MS;
  let waiting = queries;
  while (waiting.length > 0) {
    const without = [];
    for (const one of waiting) {
      const { dashboard, panel, target, values } = one;
      const look = {
        prometheus: address('THROUGHLINE_PROMETHEUS'),
        loki: address('THROUGHLINE_LOKI'),
        ...{ from, to: Date.now() / 1000, step: 5, rate: 60, values },
      };
      // A query that is refused throws.
      const answer = await query(target, dashboard, look);
      if (one.listed && !one.listed.zero) continue;
      const isShown = one.listed ? shows(panel, answer) : finds(panel, answer);
      const isLinked = !target.exemplar || (await exemplars(target, dashboard, look)).length > 0;
      if (!(isShown && isLinked)) without.push(one);
    }
    if (without.length > 0 && Date.now() > deadline) throw new Error(`panels have nothing to show:\n    ${without.map(({ name, target }) => `${name}: ${target.expr}`).join('\n    ')}`);
    waiting = without;
    if (waiting.length > 0) await shopping();
  }
  return { queries: queries.length, empty: queries.filter(({ listed }) => listed).length };
}

/** @param {Empty} one @param {string} dashboard @param {string} panel @param {string} query @param {string | undefined} side */
const isOf = (one, dashboard, panel, query, side) =>
  one.dashboard === dashboard && one.panel === panel && (one.queries ?? query).includes(query) && (one.side ?? side) === side;

/** As far back as a panel looks, in s. */
const LOOK_S = 600;
/** A busy machine takes a quarter of a minute for a visit, and a rate wants two. */
const WITHIN_MS = 150_000;
