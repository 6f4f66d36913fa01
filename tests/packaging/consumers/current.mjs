// @ts-check
// Compares pages of the documentation with what they are made of, or writes them.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ROOT } from "./packed.mjs";

/** Whether pages are written, as `THROUGHLINE_UPDATE=1` says. */
const IS_UPDATE = process.env.THROUGHLINE_UPDATE == "1";

/** Compares the Markdown pages of a folder in `docs`. @param {string} folder @param {Record<string, string>} pages by their names */
export async function compareFolder(folder, pages) {
  const place = join(ROOT, "docs", folder);
  if (IS_UPDATE) await rm(place, { recursive: true, force: true });
  const found = IS_UPDATE ? Object.keys(pages) : (await readdir(place, { recursive: true })).filter((name) => name.endsWith(".md"));
  assert.deepEqual(found.sort(), Object.keys(pages).sort(), REMEDY);
  for (const [name, text] of Object.entries(pages)) await comparePage(join(folder, name), () => text);
}

/** Compares a page with what `make` makes of it. @param {string} page in `docs` @param {(text: string) => string | Promise<string>} make */
export async function comparePage(page, make) {
  const path = join(ROOT, "docs", page);
  const text = IS_UPDATE ? await readFile(path, "utf8").catch(() => "") : await readFile(path, "utf8");
  const made = await make(text);
  if (IS_UPDATE) await mkdir(dirname(path), { recursive: true }).then(() => writeFile(path, made));
  else assert.equal(text, made, REMEDY);
}

const REMEDY = "THROUGHLINE_UPDATE=1 npm test, in tests/packaging/consumers, writes it";
