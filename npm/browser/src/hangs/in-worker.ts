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
    if (!isInspected(`[throughline] the page has not reacted for ${Math.round(duration / 1000)} s`)) void send(receiver, bodyOf(receiver, state, since, duration));
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
  for (let wait = SECOND_MS; wait < LAST_WAIT_MS; wait *= 2) {
    try {
      const { status } = await fetch(address, { method: "POST", body, headers: { "content-type": form == "otlp" ? "application/json" : "text/plain" }, signal: AbortSignal.timeout(ATTEMPT_MS) });
      if (status < 300) return;
      if (!RETRYABLE.includes(status)) return reply(["lost", 1, "rejected"]);
    } catch {
      // Offline, or the receiver does not respond.
    }
    await new Promise((settle) => setTimeout(settle, wait));
  }
  reply(["lost", 1, "expired"]);
}

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
/** Six attempts, in a minute at most. */
const LAST_WAIT_MS = 40_000;
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = [429, 502, 503, 504];
