// @ts-check
// Writes the reference of the npm packages from their declarations, a page for each entry.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, Converter, DeclarationReflection, ReflectionFlag, ReflectionKind } from "typedoc";
import { PACKAGES, ROOT } from "./packed.mjs";

/** Returns the pages by their names. @returns {Promise<Record<string, string>>} */
export async function reference() {
  const folder = await mkdtemp(join(tmpdir(), "throughline-reference-"));
  try {
    /** The entries by the paths of their declarations. @type {Map<string, string>} */
    const entries = new Map();
    for (const name of PACKAGES) {
      const { exports } = JSON.parse(await readFile(join(ROOT, "npm", name, "package.json"), "utf8"));
      for (const [key, conditions] of Object.entries(exports)) {
        const types = conditions.import?.types ?? conditions.types;
        if (types) entries.set(join(ROOT, "npm", name, types), `@throughline/${name}${key.slice(1)}`);
      }
    }
    const tsconfig = join(import.meta.dirname, "reference.json");
    const options = /** @type {Partial<import("typedoc").TypeDocOptions>} */ ({
      ...MARKDOWN,
      entryPoints: [...entries.keys()],
      tsconfig,
      outputs: [{ name: "markdown", path: folder }],
      plugin: ["typedoc-plugin-markdown"],
      name: "Reference",
      readme: "none",
      disableSources: true,
      disableGit: true,
      githubPages: false,
      excludePrivate: true,
      excludeExternals: true,
      excludeReferences: true,
      sortEntryPoints: false,
      sort: ["source-order"],
      groupOrder: ["Functions", "Variables", "Classes", "*"],
      treatWarningsAsErrors: true,
      logLevel: "Warn",
    });
    const app = await Application.bootstrapWithPlugins(options);
    app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
      const file = reflection.project.getSymbolIdFromReflection(reflection)?.fileName;
      if (reflection.kindOf(ReflectionKind.Module)) reflection.name = entries.get(String(file)) ?? reflection.name;
    });
    // A constant that is a function is shown as one.
    app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
      for (const constant of project.getReflectionsByKind(ReflectionKind.Variable)) {
        if (!(constant instanceof DeclarationReflection) || constant.type?.type != "reflection") continue;
        const { signatures } = constant.type.declaration;
        if (!signatures) continue;
        constant.kind = ReflectionKind.Function;
        constant.setFlag(ReflectionFlag.Const, false);
        constant.signatures = signatures;
        for (const signature of signatures) Object.assign(signature, { name: constant.name, parent: constant, comment: constant.comment });
        delete constant.type;
        delete constant.comment;
      }
    });
    // What React calls, and what its class has, is in React's own reference.
    app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
      for (const member of project.getReflectionsByKind(ReflectionKind.ClassMember))
        if (member instanceof DeclarationReflection && (member.overwrites || member.inheritedFrom)) project.removeReflection(member);
    });
    const project = await app.convert();
    if (!project) throw new Error("typedoc cannot read the declarations");
    await app.generateOutputs(project);
    if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("typedoc has found mistakes in the comments");
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".md")).sort();
    const pages = names.map(async (name) => [own(name), own(await readFile(join(folder, name), "utf8"))]);
    const made = Object.fromEntries(await Promise.all(pages));
    return { ...made, "README.md": made["README.md"].replace("## Modules", INTRODUCTION) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const INTRODUCTION = "The entries of the npm packages, written from their declarations by [tests/packaging/consumers/reference.mjs](../../tests/packaging/consumers/reference.mjs).";
/** Page or address without the folder that all are in, and without the number that typedoc gives to `otlp` beside `Otlp`. @param {string} text */
const own = (text) => text.replaceAll(/(^|\]\()@throughline\//g, "$1").replaceAll(/-1\.md/g, ".md");
/** Options of typedoc-plugin-markdown. */
const MARKDOWN = {
  router: "module",
  entryFileName: "README",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  expandObjects: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  propertyMembersFormat: "table",
  typeDeclarationFormat: "table",
  tableColumnSettings: { hideModifiers: true, leftAlignHeaders: true },
};
