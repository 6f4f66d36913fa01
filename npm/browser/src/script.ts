// The script's entry: the package as `Throughline`, for a page with a plain `<script>`.

import { begin } from "./begin.js";
import { recordUnhandled } from "./capture/errors.js";
import type { Options, Throughline } from "./options.js";
import { bring } from "./page/engine.js";

/** What the line in README.md puts in place until this file is there. */
interface Stub {
  /** Calls, by name and arguments, and errors that nobody handled. */
  q?: (Event | [name: keyof typeof calls, ...given: unknown[]])[];
  /** Its listener for those errors. */
  l?: EventListener;
}

let running: Throughline | undefined;
/** Errors that were reported or thrown before `init` said where to. */
const early: (() => void)[] = [];

const onceRunning = (report: () => void): void => {
  if (running) report();
  else early.push(report);
};

const calls = {
  init(options: Options): Throughline {
    running = begin(options, bring);
    early.splice(0).forEach((report) => report());
    return running;
  },
  captureException: (error: unknown): void => onceRunning(() => running?.captureException(error)),
  flush: async (): Promise<void> => running?.flush(),
};

const scope = globalThis as { Throughline?: Stub };
// A page that has no stub has no listener, which removes nothing.
const { q = [], l } = scope.Throughline ?? {};
scope.Throughline = calls as Stub;
for (const type of ["error", "unhandledrejection"]) removeEventListener(type, l as EventListener, true);
for (const call of q) {
  if (call instanceof Event) onceRunning(() => recordUnhandled(call));
  else (calls[call[0]] as ((...given: unknown[]) => void) | undefined)?.(...call.slice(1));
}
