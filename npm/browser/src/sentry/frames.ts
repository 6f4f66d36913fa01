// Stacks as lists of frames, and as text.

import type { StackFrame } from "./event.js";

/** Parses a stack as V8, Gecko and JavaScriptCore print it; the outermost frame comes first. */
export function parseFrames(stack: string): StackFrame[] {
  const frames: StackFrame[] = [];
  for (const line of stack.split("\n").slice(0, MOST)) {
    const [, before, name, filename, lineno, colno] = FRAME.exec(line) ?? [];
    if (filename) frames.unshift({ filename, function: name?.replace(/^async /, "") || before || "?", in_app: !LIBRARY.test(filename), lineno: +lineno!, colno: +colno! });
  }
  return frames;
}

/** Prints frames as V8 does, below a first line. */
export const printFrames = (head: string, frames: readonly StackFrame[]): string =>
  [head, ...[...frames].reverse().map((one) => `    at ${one.function ?? "?"} (${one.filename ?? "<anonymous>"}:${one.lineno ?? 0}:${one.colno ?? 0})`)].join("\n");

/** `at f (https://a/b.js:1:2)`, `at https://a/b.js:1:2`, `f@https://a/b.js:1:2`. */
const FRAME = /^\s*(?:(.*)@|at (?:(.*?) ?\()?)((?:[\w-]+:\/\/|<|\/)[^\s()]*?):(\d+):(\d+)\)?$/;
/** Scripts that are not the page's; the edge knows more of them. */
const LIBRARY = /^<|node_modules\/|-extension:/;
/** Lines that are read. */
const MOST = 60;
