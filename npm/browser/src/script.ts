// The script's entry: the package as the global `Throughline`, for a page with a plain `<script>`.

import { findClient, makeClient } from "./client.js";
import { guarded } from "./core/guarded.js";
import { asOtlp } from "./core/minimal-otlp.js";
import { ofDocument } from "./core/platform.js";
import { writerOf } from "./delivery/otlp-writer.js";
import { deliver } from "./engine.js";
import { defaultSignals } from "./init.js";
import type { Options, Throughline } from "./options.js";
import { replay, report, reportPending, type Stub } from "./stub.js";

export type { Throughline } from "./options.js";

/** The options of the script. */
export interface ScriptOptions extends Omit<Options, "protocol"> {
  /**
   * `bundle` (default): one compressed request to a Throughline edge. `otlp`: plain OTLP/HTTP, by
   * `throughline_otlp.wasm`, which is beside the script's file.
   */
  protocol?: "bundle" | "otlp";
}

/** The global `Throughline`. The object is frozen; later versions only add members. */
export interface ThroughlineScript extends Throughline {
  /** Version of the script. */
  readonly version: string;
  /** Starts to capture what happens in the page; a second call returns the same client. */
  init(options: ScriptOptions): Throughline;
}

declare global {
  /** Set by `@throughline/browser/script`. */
  var Throughline: ThroughlineScript;
}

/** The element of this file: the module that writes OTLP is beside the file. */
const element = globalThis.document && (ofDocument("currentScript") as HTMLScriptElement | null);
/** The browser's own, before a client wraps it. */
const { fetch } = globalThis;
asOtlp.loadWriter = async () => {
  const response = await fetch(new URL("throughline_otlp.wasm", element?.src));
  if (!response.ok) throw new Error(`throughline_otlp.wasm: ${response.status}`);
  const bytes = await response.arrayBuffer();
  return async () => writerOf(await WebAssembly.compile(bytes));
};

const script: ThroughlineScript = {
  version: VERSION,
  init(options) {
    const client = makeClient({ ...options, protocol: options?.protocol == "otlp" ? asOtlp : "bundle" }, defaultSignals, async () => ({ deliver }));
    reportPending();
    return client;
  },
  captureException: (error) => report((client) => client.captureException(error)),
  flush: async () => findClient()?.flush(),
};

const existing: Partial<ThroughlineScript> & Stub = globalThis.Throughline ?? {};
// A second script leaves the first one in place, with the reports that it holds.
if (typeof existing.version != "string") {
  globalThis.Throughline = Object.freeze(script);
  replay(existing, script);
  // Options in the element itself need no second script, which a policy may forbid.
  const options = element?.dataset["throughline"];
  if (options) guarded(() => script.init(JSON.parse(options) as ScriptOptions))();
}
