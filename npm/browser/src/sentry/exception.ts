// The exceptions of an event, as the client's fact has them, and back.

import type { ExceptionFact } from "../generated/facts.js";
import type { Event, Exception } from "./event.js";
import { parseFrames, printFrames } from "./frames.js";
import { severityNumber, severityOf } from "./levels.js";

/** The exceptions of a fact: the causes, and last the one that was thrown. */
export function exceptionsOf(fact: ExceptionFact, isHandled: boolean): Exception[] {
  const [type, value, stack] = thrownIn(fact);
  const [, , , , , mechanism] = fact;
  const thrown = { ...exception(type, value, stack), mechanism: { type: mechanism == "captureException" ? "generic" : mechanism, handled: isHandled } };
  return [...causesOf(fact).map(([type, value, stack]) => exception(type, value, stack)).reverse(), thrown];
}

/** The fact with what an event says of its exceptions now, and with its level. */
export function withEvent(fact: ExceptionFact, { exception, level }: Event, isHandled: boolean): ExceptionFact {
  const [...values] = exception?.values ?? [];
  const thrown = values.pop() ?? {};
  const [type, value, stack] = thrownIn(fact);
  const causes = causesOf(fact);
  const texts = values.reverse().flatMap((cause, at) => [cause.type, cause.value, stackOf(cause, causes[at] ?? ["", "", ""])]);
  const mechanism = isHandled || fact[5] != "captureException" ? fact[5] : "uncaught";
  return [
    ...fact.slice(0, 5),
    mechanism,
    // The event's message says the same as the error's, which may have been changed.
    thrown.value ? "" : fact[6],
    ...fact.slice(7, 10),
    thrown.type,
    thrown.value,
    stackOf(thrown, [type, value, stack]),
    texts,
    fact[14] ?? "",
    severityNumber(severityOf(level)),
  ] as unknown as ExceptionFact;
}

type Texts = readonly [type: string, value: string, stack: string];

function thrownIn([, , , , , , eventMessage, , , , type, message, stack]: ExceptionFact): Texts {
  return [type || "", message || eventMessage || "", stack || ""];
}

function causesOf({ 13: fields }: ExceptionFact): Texts[] {
  const causes: Texts[] = [];
  for (let at = 0; at < fields.length; at += 3) causes.push([fields[at] ?? "", fields[at + 1] ?? "", fields[at + 2] ?? ""]);
  return causes;
}

function exception(type: string, value: string, stack: string): Exception {
  const frames = parseFrames(stack);
  return { type, value, ...(frames[0] && { stacktrace: { frames } }) };
}

/** The stack of an exception: as the browser has printed it, unless its frames were changed. */
function stackOf({ type = "", value = "", stacktrace }: Exception, [givenType, givenValue, stack]: Texts): string {
  const [head, given] = [`${type}: ${value}`, `${givenType}: ${givenValue}`];
  const { frames = [] } = stacktrace ?? {};
  if (JSON.stringify(frames) != JSON.stringify(parseFrames(stack))) return frames[0] ? printFrames(head, frames) : "";
  // V8 begins it with type and message.
  if (stack.startsWith(given)) return head + stack.slice(given.length);
  return givenValue == value ? stack : stack.replace(givenValue, () => value);
}
