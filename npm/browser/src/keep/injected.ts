// Recognises errors of scripts that are none of the page's, which the reader of the facts drops:
// crates/throughline-facts/src/injected.rs.

import type { ExceptionFact } from "../generated/facts.js";

/** Whether the reader drops an error: its places are all in browser extensions, or something has put its script into the page. */
export const isInjected = (fact: ExceptionFact): boolean => !fact[14] && (isOfExtension(fact) || isInline(fact));

function isOfExtension({ 12: stack = "" }: ExceptionFact): boolean {
  const rest = stack.replace(/-extension:\/\//g, "");
  return rest != stack && !rest.includes("://");
}

/** Whether nothing has handled an error, and no script in a file is involved. */
function isInline([, , , , , mechanism, eventMessage = "", file = "", , , type = "", text = "", stacktrace = ""]: ExceptionFact): boolean {
  if (!mechanism.startsWith("on")) return false;
  // V8 begins a stack with type and message, in which there may be an address.
  const head = `${type}: ${text}`;
  const frames = stacktrace.startsWith(head) ? stacktrace.slice(head.length) : stacktrace;
  const own = withoutFragment(location.href);
  const inFrames = frames.match(ADDRESS) ?? [];
  const addresses = [file, ...inFrames].filter(Boolean);
  // Blink gives a script without a name the document's address.
  const isUnnamed = !file.includes("://") || withoutFragment(file) == own;
  // A script that was evaluated may be the page's.
  if (isUnnamed && !inFrames.length && WITHOUT_ADDRESS.test(frames) && !/\beval\b/.test(frames)) return true;
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
