// The options of `keep`.

/** Which spans leave the page. Those that do not are counted as `sampled_out`. */
export interface KeepOptions {
  /**
   * Share of the traces whose spans are sent though nothing mattered, from 0 to 1 (default 0.1): the ones that every
   * sampler of OpenTelemetry with this share keeps. With another number everything is sent.
   */
  ratio?: number;
  /** A span that takes longer matters, ms (default 5,000). `Infinity`: none does. */
  slowMs?: number;
  /** Whether a web vital that is rated poor matters (default `true`). */
  vitals?: boolean;
  /** The most that the ring holds, bytes (default 262,144). */
  ringBytes?: number;
  /** How long a span is held, ms (default 20,000). */
  ringMs?: number;
  /** How long all spans are sent after something has mattered, ms (default 60,000). `Infinity`: until the page ends. */
  afterMs?: number;
  /** Whether log records of a trace are sampled with its spans (default `false`: all are sent). Errors never are. */
  logs?: boolean;
}
