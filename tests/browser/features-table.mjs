// @ts-check
// Makes docs/browsers.md of what the tests have found, and compares it with the file.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FEATURES } from "./features.mjs";

/** @typedef {import("./features.mjs").Finding} Finding */

const ENGINES = ["Chromium", "Firefox", "WebKitGTK"];
const FILE = join(import.meta.dirname, "../../docs/browsers.md");

/** The findings of a run. @param {string} folder @returns {Finding[]} */
export function readFindings(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return files.flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n").map((line) => JSON.parse(line)));
}

/** The reason why the file and the findings do not agree; none where they do. @param {Finding[]} findings */
export function compare(findings) {
  const fault = faultOf(findings);
  if (fault) return fault;
  const text = format(findings);
  if (existsSync(FILE) && readFileSync(FILE, "utf8") === text) return undefined;
  return `docs/browsers.md is not what the tests have found: THROUGHLINE_UPDATE=1 npm test in tests/browser writes it\n\n${text}`;
}

/** Writes the file, where the findings make a table. @param {Finding[]} findings */
export function write(findings) {
  if (!faultOf(findings)) writeFileSync(FILE, format(findings));
}

/** A feature that no test has asked for in a browser, or that two tests have found differently. @param {Finding[]} findings */
function faultOf(findings) {
  for (const feature of Object.keys(FEATURES))
    for (const engine of ENGINES) {
      const all = findings.filter((one) => one.feature === feature && one.engine === engine);
      if (all.length === 0) return `no test that passed in ${engine} asks for the feature ${feature}`;
      const other = all.find(({ has }) => has !== all[0]?.has);
      if (other) return `in ${engine} "${all[0]?.test}" and "${other.test}" do not agree about the feature ${feature}`;
    }
  return undefined;
}

/** @param {Finding[]} findings */
function format(findings) {
  const has = (/** @type {string} */ feature, /** @type {string} */ engine) => findings.find((one) => one.feature === feature && one.engine === engine)?.has;
  const rows = Object.entries(FEATURES).map(([feature, { records, instead, link }]) => {
    const marks = ENGINES.map((engine) => (has(feature, engine) ? "yes" : "–"));
    return `| ${records} | [${feature}](${link}) | ${marks.join(" | ")} | ${marks.includes("–") ? instead : ""} |`;
  });
  return `${HEAD}\n\n| what | by | ${ENGINES.join(" | ")} | elsewhere |\n|---|---|${ENGINES.map(() => "---|").join("")}---|\n${rows.join("\n")}\n`;
}

const HEAD = `# Browsers

The tests of \`@throughline/browser\` run in Chromium, Firefox ESR and WebKitGTK, the versions of Debian's packages. What a
browser lacks is absent from the telemetry of its pages, or is done in another way: the last column says what follows. Each line is what the tests in
\`tests/browser\` have found: they fail when it changes, and \`THROUGHLINE_UPDATE=1 npm test\` in that folder writes this page.`;
