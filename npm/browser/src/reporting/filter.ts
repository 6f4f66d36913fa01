// Refuses errors by rules of the page, before they are recorded.

import { whenStarted } from "../control/started.js";
import type { ExceptionFact } from "../generated/facts.js";
import { APP, merged, whileOwn } from "./own-attributes.js";
import { asPath, asSteps, stepsIn } from "./paths.js";
import { matches, scriptsIn } from "./scripts.js";
import type { Values } from "./values.js";

/** An error as it is recorded. */
export interface RecordedError {
  /** `exception.type` */
  type: string;
  /** `exception.message` */
  message: string;
  /** `exception.stacktrace`, as the browser prints it. */
  stacktrace: string;
  /** The chain of `cause`, and the members of `errors`, outermost first. */
  causes: readonly Cause[];
  /** The value that was thrown. */
  readonly thrown: unknown;
  /** `throughline.exception.mechanism`, for example `onerror`. */
  readonly mechanism: string;
  /** Attributes `app.{name}` that are added to this record. */
  tags: Values;
}

/** An error that is behind another one. */
export interface Cause {
  /** Its type. */
  type: string;
  /** Its message. */
  message: string;
  /** Its stack, as the browser prints it. */
  stacktrace: string;
  /** Where it is, from the error that is recorded on: `cause`, `errors[0].cause`. */
  path?: string;
}

/** Which errors are not recorded. They are counted as `filtered`. */
export interface ErrorFilter {
  /** Errors are refused whose `Type: message` has such a text in it, or fits such an expression. */
  ignoreErrors?: readonly (string | RegExp)[];
  /** Errors are refused whose innermost known script has an address that none of these is in or fits. */
  allowUrls?: readonly (string | RegExp)[];
  /** Errors are refused whose innermost known script has an address that one of these is in or fits. */
  denyUrls?: readonly (string | RegExp)[];
  /**
   * Changes an error, or refuses it by returning `null`. An error for which it throws is refused
   * too: it might be the one that must not leave the page.
   */
  beforeSend?(error: RecordedError): RecordedError | null;
  /**
   * `"mark"`: errors of browser extensions, and of scripts that a browser, or an app around it, has put into the page, are
   * recorded with `throughline.exception.injected`. Without it they are dropped, and counted as `injected`.
   */
  injected?: "mark";
}

/** Adds rules for the errors that follow. Rules of several calls, also of other apps in the page, all hold. */
export function filterErrors(filter: ErrorFilter): void {
  whenStarted((client) => {
    const { shared } = client;
    const [, record, countLost] = shared;
    let isFiltering = false;
    shared[1] = (fact, thrown) => {
      if (fact[0] != "E") return record(fact, thrown);
      // What the page's own function reports meanwhile would come back here without end.
      if (isFiltering) return countLost("filtered", 1);
      isFiltering = true;
      let accepted: Accepted | undefined;
      try {
        accepted = accept(filter, fact, thrown);
      } catch (reason) {
        if (DEVELOPMENT) console.warn(`[throughline] \`beforeSend\` has thrown, the error is dropped: ${reason}`);
      }
      isFiltering = false;
      if (!accepted) return countLost("filtered", 1);
      const [changed, tags] = accepted;
      whileOwn(client, merged(shared[0], tags, APP), () => record(changed, thrown));
    };
  });
}

type Accepted = readonly [fact: ExceptionFact, tags: Values];

/** The fact that is recorded, or nothing. */
function accept(filter: ErrorFilter, fact: ExceptionFact, thrown: unknown): Accepted | undefined {
  const { ignoreErrors, allowUrls, denyUrls, beforeSend, injected } = filter ?? {};
  const [, , , , , mechanism, eventMessage, file, , , type = "", text = "", stacktrace = ""] = fact;
  const message = text || eventMessage || "";
  if (matches(ignoreErrors, `${type}: ${message}`)) return undefined;
  const script = scriptsIn(stacktrace, type, text)[0] ?? file;
  if (script && (matches(denyUrls, script) || (allowUrls && !matches(allowUrls, script)))) return undefined;
  const causes = stepsIn(fact).map((steps, at): Cause => {
    const [type = "", message = "", stacktrace = ""] = fact[13].slice(3 * at);
    return { type, message, stacktrace, path: asPath(steps) };
  });
  // Copies, so that what was given is still known.
  const given: RecordedError = { type, message, stacktrace, causes: causes.map((cause) => ({ ...cause })), thrown, mechanism, tags: {} };
  const error = beforeSend ? beforeSend(given) : given;
  if (!error) return undefined;
  const texts = error.causes.flatMap((cause, at) => [cause.type, cause.message, stackOf(cause, causes[at])]);
  const stack = stackOf(error, { type, message, stacktrace });
  // The event's message says the same as the error's, which may have been changed.
  const changed = [...fact.slice(0, 6), "", ...fact.slice(7, 10), error.type, error.message, stack, texts, injected == "mark" ? 1 : (fact[14] ?? ""), fact[15] ?? "", fact[16] ?? "", error.causes.map(({ path }) => asSteps(path))];
  return [changed as never, error.tags];
}

/** A stack without the message that was replaced: V8 begins it with type and message. */
const stackOf = ({ message, stacktrace }: Cause, given?: Cause): string =>
  given && stacktrace == given.stacktrace ? stacktrace.replace(given.message, () => message) : stacktrace;
