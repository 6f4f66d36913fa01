// Transforms a module so that each function that waits has its open span again after each `await`.
//
// `await x` becomes `kept.r(await kept.p(x))`, and the body of the function
// `{ const kept = begin(); try { … } finally { kept.p() } }`.

import MagicString, { type SourceMap } from "magic-string";
import { parseSync } from "oxc-parser";
import { findWaiting, type Node, type Waiting } from "./syntax.js";

/** A module after it. */
export interface Transformed {
  code: string;
  map: SourceMap;
}

/** Transforms a module; returns nothing when no function in it waits, or when it cannot be read: the bundler says why. */
export function transform(code: string, file: string): Transformed | undefined {
  if (!/\b(await|yield)\b/.test(code)) return undefined;
  const { program, module, errors } = parseSync(file, code, { lang: languageOf(file), sourceType: "module" });
  if (errors.length || isCommonJs(code, module.hasModuleSyntax)) return undefined;
  const found = findWaiting(program as unknown as Node);
  if (!found.length) return undefined;
  const text = new MagicString(code);
  const [kept, begin, beginModule] = ["_kept", "_begin", "_beginModule"].map((name) => unused(code, name)) as [string, string, string];
  for (const one of found) edit(text, one, kept, one.node.type == "Program" ? beginModule : begin);
  const isModule = found.at(-1)?.node.type == "Program";
  const names = found.some(({ node }) => node.type != "Program") ? [`begin as ${begin}`] : [];
  if (isModule) names.push(`beginModule as ${beginModule}`);
  const { hashbang, body } = program as unknown as { hashbang: Node | null; body: Node[] };
  const directive = body.filter((statement) => statement["directive"] != null).at(-1);
  const at = directive?.end ?? hashbang?.end ?? 0;
  // On the same line, so that lines keep their numbers; that of a hashbang ends with it.
  const imported = `import { ${names.join(", ")} } from "@throughline/browser/context";`;
  text.appendLeft(at, `${directive ? ";" : hashbang ? "\n" : ""}${imported}${isModule ? `const ${kept} = ${beginModule}();` : ""}`);
  return { code: text.toString(), map: text.generateMap({ source: file, includeContent: true, hires: true }) };
}

/** Writes a function. Ends are written after the ends of inner nodes, starts before their starts. */
function edit(text: MagicString, { node, suspensions, loops, returns, handlers }: Waiting, kept: string, begin: string): void {
  for (const one of suspensions) {
    const keyword = (one["delegate"] ? DELEGATE : KEYWORD).exec(text.original.slice(one.start, one.end))![0].length;
    text.prependRight(one.start, `${kept}.r(`);
    text.appendLeft(one.start + keyword, ` ${kept}.p(`);
    text.appendLeft(one.end, "))");
  }
  for (const one of returns) {
    const { start, end } = one["argument"] as Node;
    text.prependRight(start, `${kept}.p(`);
    text.appendLeft(end, ")");
  }
  for (const { loop, statement } of loops) {
    const { right, body } = loop as unknown as { right: Node; body: Node };
    text.prependRight(right.start, `${kept}.i(`);
    text.appendLeft(right.end, ")");
    text.prependRight(body.start, `{${kept}.r();`);
    text.appendLeft(body.end, "}");
    text.prependRight(statement.start, "try{");
    text.appendLeft(statement.end, `}finally{${kept}.r()}`);
  }
  for (const block of handlers) text.appendLeft(block.start + 1, `${kept}.r();`);
  if (node.type == "Program") return;
  const body = node["body"] as Node;
  const first = `const ${kept}=${begin}();try{`;
  if (body.type == "BlockStatement") {
    const directive = (body["body"] as Node[]).filter((statement) => statement["directive"] != null).at(-1);
    text.appendLeft(directive?.end ?? body.start + 1, `${directive ? ";" : ""}${first}`);
    text.appendLeft(body.end - 1, last(kept));
  } else {
    text.prependRight(body.start, `{${first}return(`);
    text.appendLeft(body.end, `)${last(kept)}}`);
  }
}

const KEYWORD = /^(await|yield)/;
/** Comments may be before the asterisk. */
const DELEGATE = /^yield(\s|\/\*[^]*?\*\/|\/\/.*)*\*/;

/** The end of a body, on a line of its own behind a comment. */
const last = (kept: string): string => `\n}finally{${kept}.p()}`;

/** The language of a file; one of JavaScript may have JSX. */
const languageOf = (file: string): "jsx" | "ts" | "tsx" => (/\.m?ts$/.test(file) ? "ts" : file.endsWith(".tsx") ? "tsx" : "jsx");

/** Whether a file is of CommonJS, to which an import cannot be added. */
const isCommonJs = (code: string, hasModuleSyntax: boolean): boolean => !hasModuleSyntax && /\b(require\s*\(|module\.exports|exports\.)/.test(code);

/** A name that is nowhere in the source. */
function unused(code: string, name: string): string {
  let free = name;
  for (let at = 1; code.includes(free); at++) free = `${name}${at}`;
  return free;
}
