// Records calls of `console.error` and its like.

import { onShutdown } from "../control/started.js";
import { captureException, log } from "../reporting/capture.js";

/** The methods whose calls can be recorded, each with the severity of its records. */
export type CapturedMethod = keyof typeof SEVERITIES;

/**
 * Records calls of these methods of `console`, `error` unless the page says others: one with an error among its
 * arguments as that exception, any other as a log record. What is printed stays the same, but a browser shows
 * our line as the place of the call. Objects are recorded as `String` writes them: what they hold may be secret.
 * A method is captured once. Returns the function that ends it.
 */
export function captureConsole(methods: readonly CapturedMethod[] = ["error"]): () => void {
  let isActive = true;
  const undo: (() => void)[] = [];
  // A function that is called for the record may print itself.
  let isRecording = false;
  for (const method of globalThis.document ? methods : []) {
    const native = console[method];
    if (typeof native != "function" || MARK in native) continue;
    const captured = function (this: unknown, ...given: unknown[]): void {
      native.apply(this, given);
      if (!isActive || isRecording) return;
      isRecording = true;
      try {
        const error = given.find((one) => one instanceof Error);
        if (error) captureException(error);
        else log(SEVERITIES[method], given.map(asText).join(" "));
      } catch {
        // An argument that cannot even be looked at.
      } finally {
        isRecording = false;
      }
    };
    captured[MARK] = true;
    try {
      console[method] = captured;
    } catch {
      // A page that has frozen its console.
      continue;
    }
    undo.push(() => {
      // Another library's function in front of ours stays.
      if (console[method] == captured) console[method] = native;
    });
  }
  return onShutdown(() => {
    isActive = false;
    undo.splice(0).forEach((work) => work());
  });
}

/** A value as text; an object by its own `toString`, which may throw. */
function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

const MARK = Symbol.for("throughline.console");
const SEVERITIES = { error: "error", warn: "warn", info: "info", log: "info", debug: "debug" } as const;
