// Recognises errors of scripts that a browser, an app around it or an extension has put into the page, and that have no
// address of their own.

import type { Shared } from "../context/record.js";
import type { ExceptionFact } from "../generated/facts.js";
import { THROUGHLINE_EXCEPTION_INJECTED } from "../generated/semconv.js";
import { merged, whileOwn } from "./own-attributes.js";
import type { Started } from "./page-client.js";

/** Drops such errors from here on and counts them, or marks them once any rules of the page say so. */
export function recognizeInjected(client: Started, marks: boolean): void {
  const { shared } = client;
  isMarked ||= marks;
  if (recognizing.has(shared)) return;
  recognizing.add(shared);
  const [, record, countLost] = shared;
  shared[1] = (fact, thrown) => {
    if (fact[0] != "E" || !isInline(fact)) return record(fact, thrown);
    if (!isMarked) return countLost("injected", 1);
    whileOwn(client, merged(shared[0], { [THROUGHLINE_EXCEPTION_INJECTED]: true }), () => record(fact, thrown));
  };
}

const recognizing = new WeakSet<Shared>();
let isMarked = false;

/** Whether nothing handled an error, and it is one of a script that is none of the page's. */
export function isInline([, , , , , mechanism, eventMessage = "", file = "", , , type = "", text = "", stacktrace = ""]: ExceptionFact): boolean {
  if (!mechanism.startsWith("on")) return false;
  // V8 begins a stack with type and message, in which there may be an address.
  const head = `${type}: ${text}`;
  const frames = stacktrace.startsWith(head) ? stacktrace.slice(head.length) : stacktrace;
  const addresses = [file, ...(frames.match(ADDRESS) ?? [])].filter(Boolean);
  // A script that was evaluated may be the page's.
  if (!addresses.some((one) => one.includes("://")) && WITHOUT_ADDRESS.test(frames) && !/\beval\b/.test(frames)) return true;
  const own = withoutFragment(location.href);
  return KNOWN.test(text || eventMessage) && addresses.every((one) => one == NOWHERE || withoutFragment(one) == own);
}

const withoutFragment = (address: string): string => address.split("#")[0]!;

/** The address in each frame, without line and column. */
const ADDRESS = /[\w-]+:\/\/[^\s)]*?(?=:\d+(?::\d+)?\)?$)/gm;
/** The place of code that an app evaluates in the page: V8 (https://v8.dev/docs/stack-trace-api) and WebKit. */
const WITHOUT_ADDRESS = /(?:^|[\s(@])(?:<anonymous>|user-script:\d+):\d+:\d+\)?$/m;
const NOWHERE = "<anonymous>";
/**
 * Names that apps and browsers look for in each page: Chrome and Firefox for iOS, Instagram and Facebook, Bing, Zalo, the
 * Google app. Those of scripts in the document itself have its address.
 */
const KNOWN =
  /\b(?:__gCrWeb|__firefox__|_AutofillCallbackHandler|instantSearchSDKJSBridgeClearHighlight|zaloJSV2|setIOSParameters|logMutedMessage|EmptyRanges|webkit\.messageHandlers)\b|(?:variable: gmo|\bgmo is not defined)$|Java object is gone/;
