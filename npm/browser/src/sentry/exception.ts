// The exceptions of an event, as the client's fact has them, and back.

import type { ExceptionFact } from "../generated/facts.js";
import { stepsIn } from "../reporting/paths.js";
import type { Event, Exception, Mechanism } from "./event.js";
import { parseFrames, printFrames } from "./frames.js";
import { severityNumber, severityOf } from "./levels.js";

/** The exceptions of a fact: those behind it, and last the one that was thrown, with the ids by which Sentry's packages link them. */
export function exceptionsOf(fact: ExceptionFact, isHandled: boolean): Exception[] {
  const [type, value, stack] = thrownIn(fact);
  const [, , , , , mechanism] = fact;
  const all = ["", ...stepsIn(fact)];
  const thrown = { ...exception(type, value, stack), mechanism: { type: mechanism == "captureException" ? "generic" : mechanism, handled: isHandled, ...groupOf(all, 0) } };
  const causes = causesOf(fact).map(([type, value, stack], at): Exception => {
    const steps = all[at + 1]!;
    const step = steps.slice(-1);
    return {
      ...exception(type, value, stack),
      mechanism: {
        type: "chained",
        handled: true,
        source: step == "c" ? "cause" : `errors[${step}]`,
        ...groupOf(all, at + 1),
        parent_id: all.indexOf(steps.slice(0, -1)),
      },
    };
  });
  return [...causes.reverse(), thrown];
}

/** The members of `mechanism` for an exception with others behind it; all but the thrown one of an event have an id. */
function groupOf(all: readonly string[], at: number): Pick<Mechanism, "exception_id" | "is_exception_group"> {
  const isGroup = all.some((one) => /\d$/.test(one) && one.slice(0, -1) == all[at]);
  return { ...(all[1] != null && { exception_id: at }), ...(isGroup && { is_exception_group: true }) };
}

/** The fact with what an event says of its exceptions now, and with its level. */
export function withEvent(fact: ExceptionFact, { exception, level }: Event, isHandled: boolean): Required<ExceptionFact> {
  const [...values] = exception?.values ?? [];
  const thrown = values.pop() ?? {};
  const [type, value, stack] = thrownIn(fact);
  const causes = causesOf(fact);
  const given = stepsIn(fact);
  values.reverse();
  const texts = values.flatMap((cause, at) => [cause.type, cause.value, stackOf(cause, causes[givenAt(cause) ?? at] ?? ["", "", ""])]);
  const steps = values.map((cause, at) => given[givenAt(cause) ?? at] ?? "c".repeat(at + 1));
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
    fact[16] ?? "",
    steps,
  ] as unknown as Required<ExceptionFact>;
}

/** Which of the causes of its fact an exception is, also where others were removed. */
const givenAt = ({ mechanism }: Exception): number | undefined => (mechanism?.exception_id ? mechanism.exception_id - 1 : undefined);

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
