// Asks the page once a second whether it reacts, and reports it when it does not.

import type { ToPage, ToWorker, State } from "./messages.js";
import { bodyOf } from "./body.js";

/** Watches the page that sends messages here. */
export function watchPage(): void {
  let receiver: Extract<ToWorker, readonly ["start", ...unknown[]]> | undefined;
  let state: State | undefined;
  let isWatching = false;
  /** The number of the last question, and of the last answer. */
  let [asked, answered] = [0, 0];
  /** When the question was put that has no answer, ms, and how many seconds this worker has waited for one. */
  let [since, waited] = [0, 0];
  let isReported = false;
  let reports = 0;
  /** Settles when the reports before are sent, or lost. */
  let sending = Promise.resolve();
  let last = performance.now();

  const ask = (): void => {
    [since, waited] = [performance.now(), 0];
    reply(["ping", ++asked]);
  };
  const tick = (): void => {
    const now = performance.now();
    // A machine that sleeps, or a process that is stopped, stops both.
    const isLate = now - last > 2 * SECOND_MS;
    last = now;
    if (!isWatching || !receiver || !state) return;
    if (isLate || answered == asked) return ask();
    waited++;
    const duration = now - since;
    // Seconds of a timer may be shorter.
    if (isReported || Math.min(duration, waited * SECOND_MS) < receiver[4]) return;
    isReported = true;
    if (isInspected(`[throughline] the page has not reacted for ${Math.round(duration / 1000)} s`)) return;
    if (++reports > LIMIT) return reply(["lost", 1, "queue_full"]);
    const [to, body] = [receiver, bodyOf(receiver, state, since, duration)];
    sending = sending.then(() => send(to, body));
  };
  setInterval(tick, SECOND_MS);
  addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
    const [kind, value] = data;
    if (kind == "start") receiver = data;
    else if (kind == "state") state = value;
    else {
      // Whatever the page says, it reacts.
      isReported = false;
      answered = kind == "pong" ? Math.max(answered, value) : asked;
      if (kind == "watch") isWatching = value;
    }
  });
}

/** Sends a report, and tries again while the page may still be there to be told that it is lost. */
async function send([, address, form]: readonly ["start", string, string, ...unknown[]], body: string): Promise<void> {
  for (let wait = SECOND_MS; ; wait *= 2) {
    let after = 0;
    // `AbortSignal.timeout` is younger than what else is used here.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), ATTEMPT_MS);
    try {
      const { status, headers } = await fetch(address, { method: "POST", body, headers: { "content-type": form == "otlp" ? "application/json" : "text/plain" }, signal: limit.signal });
      if (status < 300) return;
      if (!RETRYABLE.includes(status)) return reply(["lost", 1, "rejected"]);
      after = retryAfter(headers.get("retry-after"));
    } catch {
      // Offline, or the receiver does not respond.
    }
    clearTimeout(timer);
    if (wait >= LAST_WAIT_MS || after > LONGEST_MS) return reply(["lost", 1, "expired"]);
    await new Promise((settle) => setTimeout(settle, after || wait));
  }
}

/** How long the receiver asks to wait, in ms: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after. Seconds or a date; what is neither is no wait. */
const retryAfter = (value: string | null): number => Math.max(0, Number(value) * 1000 || Date.parse(value ?? "") - Date.now() || 0);

/**
 * Whether developer tools, or a program that drives the browser, show what this worker prints: V8 asks for the stack of an error
 * that it shows, and else does not. In another engine nothing says so: Firefox stops the workers of a page with it.
 */
function isInspected(text: string): boolean {
  const own = Error as { prepareStackTrace?: unknown };
  const before = own.prepareStackTrace;
  let isAsked = false;
  own.prepareStackTrace = () => {
    isAsked = true;
    return text;
  };
  console.debug(new Error(text));
  own.prepareStackTrace = before;
  return isAsked;
}

const reply = (message: ToPage): void => postMessage(message);

const SECOND_MS = 1000;
const ATTEMPT_MS = 5000;
/** The waits of six attempts: half a minute together. */
const LAST_WAIT_MS = 32_000;
/** A page does not outlive a longer wait that the receiver asks for. */
const LONGEST_MS = 300_000;
/** Reports of a page; the others are counted. */
const LIMIT = 50;
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = [429, 502, 503, 504];
