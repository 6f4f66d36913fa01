// What may a developer choose?

/** How the page reports, and what it is called. */
export interface Options {
  /**
   * Where telemetry goes: a Throughline edge (`/_t`, `https://edge.example`) or, with
   * `protocol: "otlp"`, the base address of any OTLP/HTTP receiver.
   */
  endpoint: string;
  /** The project's public ingest key, `pk_…`. A receiver that asks for none needs none. */
  key?: string;
  /** `service.name`: what the page is called in traces. */
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
   * Addresses that do not receive it after all, likewise. Those belong here that redirect
   * to another origin: the browser asks that origin for leave to send the header, and
   * where it is not given the page's request fails.
   */
  tracePropagationExclusions?: readonly (string | RegExp)[];
  /** `bundle` (default): one compressed request to a Throughline edge. `otlp`: plain OTLP/HTTP. */
  protocol?: "bundle" | "otlp";
}

/** What a page can do besides being watched. */
export interface Throughline {
  /** Reports an error that the page has caught itself. */
  captureException(error: unknown): void;
  /** Sends what is waiting; settles when that was answered or given up. Never rejects. */
  flush(): Promise<void>;
}
