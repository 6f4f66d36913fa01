// Starts the worker that watches the page, and answers it.

import { ofDocument } from "../core/platform.js";
import { follow } from "../context/follow.js";
import { DELIVERY, LAST_BREADCRUMB } from "../context/places.js";
import type { SpanContext } from "../context/span-context.js";
import { startPart } from "../control/part.js";
import { beforeStop, onWindow, type Started } from "../control/started.js";
import type { Tell } from "../core/batch.js";
import { header } from "../core/header.js";
import { addressOf } from "../offline/address.js";
import type { Options } from "../options.js";
import { asFields } from "../reporting/typed.js";
import { noticeDialogs } from "./dialogs.js";
import type { Form, ToPage, ToWorker } from "./messages.js";

/** Options of `watchHangs`. */
export interface WatchOptions {
  /** How long the page does not react before that is reported, ms (default 10,000, at least 2,000). */
  after?: number;
}

/**
 * Reports a page that does not react, while it does not: by a worker, which asks the page once a second whether it is there. So a
 * hang that never ends is reported too, once, with session, span and last breadcrumb (`@throughline/browser/breadcrumbs`). A page that is
 * hidden or left, that waits for a dialog or sleeps with its machine does not hang; neither does one to which developer tools are attached, in
 * Chromium, since their breakpoints stop it. The worker's file has one line, `import "@throughline/browser/hang-worker"`. Call it
 * after `init`. Returns the function that ends it.
 *
 * ```ts
 * import { watchHangs } from "@throughline/browser/hangs";
 *
 * watchHangs(() => new Worker(new URL("./hang-worker.js", import.meta.url), { type: "module" }));
 * ```
 */
export const watchHangs = (make: () => Worker, options: WatchOptions = {}): (() => void) => startPart("hang-worker", (client) => watch(client, make, options));

function watch({ shared }: Started, make: () => Worker, { after = 10_000 }: WatchOptions): () => void {
  const worker = make();
  const send = (message: ToWorker): void => {
    try {
      worker.postMessage(message);
    } catch {
      // A page that has put an object of its own into its attributes.
    }
  };
  let breadcrumb: string | undefined;
  let [session, span] = ["", undefined as SpanContext | undefined];
  /** Whether nothing is recorded now, because the person does not agree any more. */
  let isEnded = true;
  const tell = (): void => {
    if (isEnded) return;
    const [own, ...further] = asFields(shared[0]);
    send(["state", [session, span, location.href, own, breadcrumb, ...further]]);
  };
  const watching = ({ type }: Partial<Event> = {}): void => send(["watch", !isEnded && type != "pagehide" && type != "freeze" && ofDocument("visibilityState") == "visible"]);
  // Called again once the person agrees again.
  const [look, unfollow] = follow(shared, (...now) => {
    [session, span] = now;
    const wasEnded = isEnded;
    isEnded = false;
    tell();
    if (wasEnded) watching();
  });
  shared[LAST_BREADCRUMB] = (text: string) => {
    if (!isEnded) breadcrumb = text;
    tell();
  };
  const forgetStop = beforeStop(shared, () => {
    isEnded = true;
    breadcrumb = undefined;
    send(["watch", false]);
    send(["state", ["", undefined, "", [], undefined]]);
  });

  worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
    if (data[0] == "lost") return shared[2](data[2], data[1]);
    look();
    tell();
    send(["pong", data[1]]);
  };
  const unwatch = onWindow(CHANGES, watching);
  const forget = noticeDialogs([() => send(["watch", false]), watching]);

  // The engine, which knows where to send, is loaded when the page is idle.
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  const begin = (): void => {
    const options = (shared[DELIVERY] as Tell | undefined)?.()[4];
    if (!options) {
      if (++tries < TRIES) timer = setTimeout(begin, TRY_MS);
      return;
    }
    const form = formOf(options);
    const { serviceName, serviceVersion, environment } = options;
    send(["start", addressOf(options, form == "otlp" ? "logs" : "facts"), form, header({ resource: [serviceName || "unknown_service", serviceVersion, environment] }), Math.max(LEAST_MS, after)]);
    watching();
  };
  begin();
  return () => {
    clearTimeout(timer);
    unwatch();
    forget();
    forgetStop();
    unfollow();
    shared[LAST_BREADCRUMB] = undefined;
    worker.terminate();
  };
}

/** The form of a protocol: an edge's is a word, those of `otlp` and of a page that redacts are objects with a media type. */
const formOf = ({ protocol }: Options): Form => (typeof protocol != "object" ? "facts" : `${protocol.type}` == "application/json" ? "otlp" : "textless");

/** `visibilitychange` and `freeze` of the document pass the window on their way. */
const CHANGES = ["visibilitychange", "pagehide", "pageshow", "freeze", "resume"];
const TRY_MS = 500;
/** Two minutes. */
const TRIES = 240;
/** Two questions. */
const LEAST_MS = 2000;
