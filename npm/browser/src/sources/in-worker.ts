// Sends uncaught errors of a worker to its page.

import { CONNECT } from "./connect.js";

/** Keeps uncaught errors until the page asks for them, the first fifty, and sends them. */
export function reportErrors(): void {
  const kept: unknown[] = [];
  let port: MessagePort | undefined;
  let dropped = 0;
  const send = (thrown: unknown): void => {
    const report = { thrown: copyOf(thrown), address: location.href, ids: idsHere() };
    if (port) port.postMessage(report);
    else if (kept.length < MOST) kept.push(report);
    else dropped++;
  };
  addEventListener("error", ({ error, message }) => send(error ?? { name: "Error", message }));
  addEventListener("unhandledrejection", ({ reason }) => send(reason));
  addEventListener("message", (event) => {
    if (!(event.data as Record<string, unknown> | null)?.[CONNECT]) return;
    // The worker's own listeners know nothing of it.
    event.stopImmediatePropagation();
    [port] = event.ports;
    port?.postMessage({ dropped });
    for (const report of kept.splice(0)) port?.postMessage(report);
    dropped = 0;
  });
}

/** The debug ids of the worker's scripts, by stacks that were made in them: `delivery/images.ts` reads them in the page. */
const idsHere = (): string[][] =>
  ["_sentryDebugIds", "_debugIds", "_throughlineDebugIds"].flatMap((name) =>
    Object.entries((self as unknown as Record<string, object | undefined>)[name] ?? {}).map(([stack, id]) => [stack, String(id)]),
  );

/**
 * A copy of a thrown value that a message can carry: of an error what identifies it, since a clone has not its name,
 * and its causes and members, of which the page records a few as well.
 */
function copyOf(thrown: unknown, room = { left: MOST_COPIES }): unknown {
  room.left--;
  if (Object(thrown) !== thrown) return typeof thrown == "symbol" ? String(thrown) : thrown;
  try {
    const { name, message, stack, cause } = thrown as Error;
    if (message == null && stack == null) return JSON.stringify(thrown);
    return {
      name: name == null ? name : String(name),
      message: message == null ? message : String(message),
      stack: stack && String(stack),
      cause: cause == null || room.left < 1 ? undefined : copyOf(cause, room),
      errors: membersOf(thrown, room),
    };
  } catch {
    return "a value that cannot be read";
  }
}

/** Copies of the members of `errors`, at their places. */
function membersOf(thrown: unknown, room: { left: number }): unknown[] {
  const copies: unknown[] = [];
  try {
    const { errors } = thrown as AggregateError;
    for (let at = 0; Object(errors) === errors && at < MOST_COPIES && room.left > 0; at++) copies.push(errors[at] == null ? undefined : copyOf(errors[at], room));
  } catch {
    // Members that cannot be read.
  }
  return copies;
}

/** Errors that are kept until the page asks. */
const MOST = 50;
/** Errors that are copied of one: it, and those behind it. */
const MOST_COPIES = 10;
