// @ts-check
// Tests that the pages of the documentation about the npm packages are those of the code.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CLIENTS, OWN } from "../../../npm/browser/bundle.mjs";
import { compareFolder, comparePage } from "./current.mjs";
import { ROOT } from "./packed.mjs";
import { reference } from "./reference.mjs";

const pages = reference();

test("docs/reference is that of the declarations", async () => compareFolder("reference", await pages));

test("the build shortens no name that the declarations of an entry with a client have", async () => {
  const all = await pages;
  const texts = [...CLIENTS, "script"].map((entry) => all[entry == "index" ? "browser.md" : `browser/${entry}.md`] ?? "");
  const names = texts.flatMap((page) => [...page.matchAll(MEMBER)].map(([, heading, property]) => heading ?? property));
  assert.ok(names.includes("endpoint") && names.includes("captureException"));
  assert.deepEqual(names.filter((name) => name in OWN), []);
});

test("the code in docs/front-end.md is that of projects that are built and visited", () =>
  comparePage("front-end.md", async (text) => {
    const all = [...text.matchAll(CODE)];
    assert.ok(all.length > 5);
    assert.equal(text.split(/^```(?:[cm]?jsx?|html)$/m).length - 1, all.length, "code without a file");
    const codes = all.map(async ([, path = ""]) => (await readFile(join(ROOT, "docs", path), "utf8")).replace(HEADER, "$1").trimStart());
    const made = await Promise.all(codes);
    return text.replace(CODE, (_, path, language) => `](${path}):\n\n\`\`\`${language}\n${made.shift()}\`\`\`\n`);
  }));

/** The name of a method in its heading, or of a property in a table. */
const MEMBER = /^#+ (\w+)\(\)|<\/a> `(\w+)/gm;
/** A link to a file, which ends a paragraph, and the code below it. */
const CODE = /\]\((\.\.\/tests\/packaging\/consumers\/[^)]*)\):\n\n```(\w+)\n([^]*?)```\n/g;
/** The comment that a file opens with, below a directive. */
const HEADER = /^("use client";\n)?(?:\/\/[^\n]*\n)+(?=\n)/;
