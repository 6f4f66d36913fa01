// @ts-check
// Reads from what has arrived what a page has lost.

/** Counts of lost records by reason. @param {import("./site.mjs").Site} site */
export function lost(site) {
  /** @type {Record<string, number>} */
  const all = {};
  for (const { dropped } of site.receiver.bundles())
    for (const [reason, records] of Object.entries(dropped)) all[reason] = (all[reason] ?? 0) + records;
  for (const [kind, reason = "", records] of site.receiver.facts()) if (kind === "X") all[reason] = (all[reason] ?? 0) + Number(records);
  for (const { name, attributes } of site.receiver.logs())
    if (name === "throughline.sdk.dropped") {
      const reason = attributes["throughline.reason"];
      all[reason] = (all[reason] ?? 0) + Number(attributes["throughline.sdk.dropped.count"]);
    }
  return all;
}
