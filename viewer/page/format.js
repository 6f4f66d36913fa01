// @ts-check
// Formats measured values for people.

/** @import { Json, UnixNano } from "./types" */

/**
 * A duration with three significant digits: `412 µs`, `12.3 ms`, `1.05 s`.
 * @param {number} nanoseconds
 */
export function duration(nanoseconds) {
  const sign = nanoseconds < 0 ? "−" : "";
  const ns = Math.abs(nanoseconds);
  if (ns < 1e3) return `${sign}${Math.round(ns)} ns`;
  if (ns < 999.5e3) return `${sign}${digits(ns / 1e3)} µs`;
  if (ns < 999.5e6) return `${sign}${digits(ns / 1e6)} ms`;
  if (ns < 59.95e9) return `${sign}${digits(ns / 1e9)} s`;
  const seconds = Math.round(ns / 1e9);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts[0] > 0 ? `${sign}${parts[0]} h ${parts[1]} min` : `${sign}${parts[1]} min ${parts[2]} s`;
}

/**
 * The difference of two points in time, in ns.
 * @param {UnixNano | bigint} from
 * @param {UnixNano | bigint} to
 */
export function between(from, to) {
  return Number(BigInt(to) - BigInt(from));
}

/**
 * Time of day; the date too when it was not today.
 * @param {UnixNano | bigint} at
 */
export function clockTime(at) {
  const date = toDate(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const milliseconds = String(date.getMilliseconds()).padStart(3, "0");
  const today = date.toDateString() === new Date().toDateString();
  return today ? `${time}.${milliseconds}` : `${date.getDate()} ${MONTHS[date.getMonth()]} ${time}`;
}

/**
 * A point in time in full, for a tooltip.
 * @param {UnixNano | bigint} at
 */
export function fullTime(at) {
  const nanoseconds = (BigInt(at) % 1_000_000_000n).toString().padStart(9, "0");
  const text = toDate(at).toISOString();
  return text.replace(/\.\d+Z$/, `.${nanoseconds}Z`);
}

/**
 * A time in a trace: `+12.3 ms` after its start. A time that is far from the trace is of an
 * unset or broken clock, and is shown as it is.
 * @param {number} after ns after the start of the trace
 * @param {UnixNano} at
 */
export function offset(after, at) {
  if (Math.abs(after) < FAR) return `${after < 0 ? "" : "+"}${duration(after)}`;
  return BigInt(at) === 0n ? "no time" : fullTime(at);
}

/**
 * How long ago: `12 s ago`.
 * @param {UnixNano} at
 */
export function ago(at) {
  const seconds = Math.round((Date.now() - toDate(at).getTime()) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

/**
 * A count with its noun: `1 span`, `14 spans`.
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * A whole number with thousands separators.
 * @param {number} count
 */
export function grouped(count) {
  return count.toLocaleString("en-US");
}

/**
 * A part of a whole: `62 %`.
 * @param {number} share from 0 to 1
 */
export function percent(share) {
  const percent = share * 100;
  if (percent === 0) return "0 %";
  return percent < 0.1 ? "<0.1 %" : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${digits(bytes / 1024)} KiB`;
  return `${digits(bytes / 1024 ** 2)} MiB`;
}

/**
 * An attribute's value as text: strings without quotes, other types as JSON.
 * @param {Json} value
 */
export function valueText(value) {
  if (typeof value === "string") return value;
  return JSON.stringify(value, null, typeof value === "object" ? 1 : 0);
}

/** @param {number} value */
function digits(value) {
  if (value >= 99.95) return String(Math.round(value));
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, "0");
}

/** @param {UnixNano | bigint} at */
function toDate(at) {
  // Date's largest value for times beyond it: such a clock is wrong anyway.
  return new Date(Math.min(Number(BigInt(at) / 1_000_000n), 8.64e15));
}

/** ns: a week. */
const FAR = 6.048e14;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
