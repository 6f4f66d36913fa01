// Puts the session and the open span into the reports of crashes.

import { follow, type Follow } from "../context/follow.js";
import { startPart } from "../control/part.js";

/**
 * Puts the session's id and the span that is open into the report that the browser sends by itself when the page crashes
 * (https://wicg.github.io/crash-reporting/#crashreportcontext, Chromium from 145), so that an edge joins the crash to them. In
 * another browser nothing happens. A page that sets texts of its own calls `crashReport.initialize` before, or uses the 4,096 bytes
 * that are initialized here. Returns the function that undoes it.
 */
export const joinCrashReports = (): (() => void) =>
  startPart("crash-reports", ({ shared }) => {
    const { crashReport: given } = window;
    // An element may have this name, in a browser without the interface.
    const crashReport = typeof given?.initialize == "function" ? given : undefined;
    let end: (() => void) | undefined;
    let isOver = false;
    const put = (key: string, value: string): void => {
      try {
        if (value) crashReport!.set(key, value);
        else crashReport!.delete(key);
      } catch {
        // The page has initialized it with less room, or is not active.
      }
    };
    const changed: Follow = (session, span) => {
      put(SESSION, session);
      put(SPAN, span ? `00-${span.join("-")}` : "");
    };
    const begin = async (): Promise<void> => {
      try {
        await crashReport!.initialize(BYTES);
      } catch {
        // The page has done it already: the same store is used. In another browser there is none.
      }
      if (crashReport && !isOver) [, end] = follow(shared, changed);
    };
    void begin();
    return () => {
      isOver = true;
      end?.();
      if (crashReport) changed("", undefined);
    };
  });

/** The names under which an edge finds them: crates/throughline-edge/src/receiver/reporting/crash_context.rs. */
const SESSION = "session.id";
const SPAN = "traceparent";
/** Ours have 160 bytes; the rest is the page's own. */
const BYTES = 4096;
