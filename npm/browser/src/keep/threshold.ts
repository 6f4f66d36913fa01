// Consistent probability sampling: the threshold of a share of all traces.
//
// As crates/throughline-trace-context/src/sampling/threshold.rs; both are tested by tests/cases/sampling.
// https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/

/**
 * The threshold of a probability: fourteen hexadecimal digits, of which `precision` count besides leading zeros or
 * leading `f`. Nothing where no trace is kept. Throws for what is no probability.
 */
export function thresholdOf(probability: number, precision = 4): string | undefined {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError();
  // Exact: a double times a power of two.
  const kept = BigInt(Math.round(probability * 2 ** 56));
  if (probability < 2 ** -56) return undefined;
  const rejected = RANGE - kept;
  const digits = Math.min(DIGITS, precision + DIGITS - Math.min(...[kept, rejected].map((one) => one.toString(16).length)));
  const rounded = 1n << BigInt(4 * (DIGITS - digits));
  return (((rejected + rounded / 2n) / rounded) * rounded).toString(16).padStart(DIGITS, "0");
}

/** Whether a trace is kept: its randomness, the last digits of its id, is not below the threshold. */
export const isKept = (trace: string, threshold: string | undefined): boolean => threshold != undefined && trace.slice(-DIGITS) >= threshold;

/** A threshold as `th` of a tracestate. */
export const shortened = (threshold: string): string => threshold.replace(/0+$/, "") || "0";

const DIGITS = 14;
const RANGE = 1n << 56n;
