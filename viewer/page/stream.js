// @ts-check
// Subscribes to changes: one connection for all tabs of the viewer in a browser.
//
// A browser opens six connections to a host, and every stream holds one. The tab that has
// the lock opens the stream and sends each change to the others; when it is closed, another
// gets the lock.
// https://www.w3.org/TR/web-locks/

/** @import { Change } from "./types" */

/**
 * @typedef {{changed: (change: Change) => void, connected: (connected: boolean) => void}} Listener
 * @typedef {{change: Change} | {connected: boolean} | "connected?"} Message
 */

/**
 * Subscribes for as long as the page is open.
 * @param {Listener} listener
 */
export function listen(listener) {
  // Only a page of this machine or of HTTPS has locks.
  if (navigator.locks && "BroadcastChannel" in window) shareStream(listener);
  else streamWhileVisible(listener);
}

/** @param {Listener} listener */
function shareStream(listener) {
  const channel = new BroadcastChannel(NAME);
  /** @type {boolean | null} the state of the stream, in the tab that has it */
  let state = null;
  /** @type {(message: Message) => void} */
  const send = (message) => channel.postMessage(message);
  channel.addEventListener("message", ({ data }) => {
    /** @type {Message} */
    const message = data;
    if (message === "connected?") {
      if (state !== null) send({ connected: state });
    } else if ("change" in message) listener.changed(message.change);
    else listener.connected(message.connected);
  });
  send("connected?");
  void navigator.locks.request(NAME, (lock) => {
    openStream({
      changed(change) {
        listener.changed(change);
        send({ change });
      },
      connected(connected) {
        state = connected;
        listener.connected(connected);
        send({ connected });
      },
    });
    // The lock is kept until the page is closed.
    return new Promise(() => lock);
  });
}

/** @param {Listener} listener */
function streamWhileVisible(listener) {
  /** @type {{close(): void} | null} */
  let stream = null;
  const follow = () => {
    if (document.hidden) {
      stream?.close();
      stream = null;
    } else stream ??= openStream(listener);
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}

/**
 * Keeps a stream open. With every connection comes a change of everything: what changed before
 * it was not sent, and it may be another store now.
 * @param {Listener} listener
 */
function openStream({ changed, connected }) {
  let events = new EventSource("/api/events");
  let retry = 0;
  follow();
  return {
    close() {
      clearTimeout(retry);
      events.close();
    },
  };

  function follow() {
    events.addEventListener("open", () => {
      connected(true);
      changed(EVERYTHING);
    });
    events.addEventListener("error", () => {
      connected(false);
      // The browser reconnects by itself, except after a response that is no stream.
      if (events.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(() => {
        events = new EventSource("/api/events");
        follow();
      }, RETRY_MS);
    });
    events.addEventListener("telemetry", (event) => changed(JSON.parse(event.data)));
  }
}

/**
 * A change of everything.
 * @type {Change}
 */
export const EVERYTHING = {
  traces: [],
  more_traces: true,
  logs: true,
  errors: true,
  vitals: true,
  edge: true,
  metrics: true,
  exemplars: true,
  evicted: true,
};
const NAME = "throughline-events";
const RETRY_MS = 3_000;
