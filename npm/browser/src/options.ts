// The options of `init`, and the client that it returns.

/** Where the page sends telemetry, and its names in it. */
export interface Options {
  /**
   * Where telemetry goes: a Throughline edge (`/_t`, `https://edge.example`) or, with
   * `protocol: otlp`, the base address of any OTLP/HTTP receiver.
   */
  endpoint: string;
  /** The project's public ingest key, `pk_…`, if the receiver requires one. */
  key?: string;
  /** `service.name`: the page's name in traces. */
  serviceName: string;
  /** `service.version`: the release that is running. */
  serviceVersion?: string;
  /** `deployment.environment.name`, for example `production`. */
  environment?: string;
  /**
   * Other origins that may receive the `traceparent` header; the page's own always does.
   * A string is an origin and has to be equal (`https://api.example.com`); a regular
   * expression is tried on origin and path, never on the query.
   */
  tracePropagationTargets?: readonly (string | RegExp)[];
  /**
   * Addresses that do not receive the header after all, in the same form. List here what receives it and
   * redirects to another origin: the browser asks that origin for permission to send the
   * header, and without it the page's request fails.
   */
  tracePropagationExclusions?: readonly (string | RegExp)[];
  /**
   * `"bundle"` (default): one compressed request to a Throughline edge. For any other receiver
   * of OTLP/HTTP `otlp`, which is imported from `@throughline/browser/otlp`.
   */
  protocol?: "bundle" | Otlp;
  /**
   * Whether the engine may run as WebAssembly (default `true`). With `false` nothing is
   * compiled, so a content security policy without `'wasm-unsafe-eval'` has no violation to
   * report; the page sends its facts as text, as it does where compiling fails.
   */
  webAssembly?: boolean;
  /**
   * `"granted"` when the person has agreed. Without it a browser that asks by Global Privacy Control
   * not to be followed (https://www.w3.org/TR/gpc/) is not: nothing is recorded, stored or sent.
   */
  consent?: "granted";
  /**
   * `true`: also in a frame, and in the pages of a browser extension. Without it `init` does nothing there:
   * the page around a frame has a client of its own, and the frame would be one more visit with a load
   * and web vitals.
   */
  embedded?: boolean;
  /** Signals that are not recorded, each with `false`: `{ interactions: false, vitals: false }`. */
  signals?: Signals;
}

/** Signals that are recorded; with `false` one is not. All are unless they are turned off. */
export interface Signals {
  /** Uncaught errors and rejections; what the page reports itself is recorded all the same. */
  errors?: boolean;
  /** Spans of requests by `fetch`, and their header `traceparent`. */
  fetch?: boolean;
  /** The same of XMLHttpRequest. */
  xhr?: boolean;
  /** Spans of clicks. A click continues the session all the same. */
  interactions?: boolean;
  /** Web vitals. */
  vitals?: boolean;
  /** The span of the document's load. What belongs to its trace stays in it. */
  documentLoad?: boolean;
}

/** Plain OTLP/HTTP: `otlp` of `@throughline/browser/otlp`, which writes it where there is no engine. */
export interface Otlp {
  /** The media type of what is written without the engine. */
  readonly type: "application/json";
}

/** The page's client. */
export interface Throughline {
  /** Records an error that the page has caught itself. */
  captureException(error: unknown): void;
  /** Sends what waits; resolves when it was accepted or dropped. Never rejects. */
  flush(): Promise<void>;
}
