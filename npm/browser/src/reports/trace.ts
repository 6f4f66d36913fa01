// Records reports of the browser about the page as events.

import { startPart } from "../control/part.js";
import { beforeStop, LEAVING, onWindow, type Started } from "../control/started.js";
import { elapsed } from "../core/platform.js";
import { limitedTo } from "../entries/limited.js";
import {
  BROWSER_DEPRECATION,
  BROWSER_DEPRECATION_ANTICIPATED_REMOVAL,
  BROWSER_INTERVENTION,
  BROWSER_REPORT_ID,
  BROWSER_REPORT_MESSAGE,
  BROWSER_REPORT_TYPE,
  CODE_COLUMN_NUMBER,
  CODE_FILE_PATH,
  CODE_LINE_NUMBER,
} from "../generated/semconv.js";
import { recordEvent, WARN } from "../tracing/recorded.js";

/** A type of reports. */
export type ReportType = keyof typeof EVENTS;

/** Options of `traceReports`. */
export interface ReportOptions {
  /** The types that are recorded (default interventions alone). */
  types?: readonly ReportType[];
  /** How many a page records (default 50); the others are counted. */
  limit?: number;
}

/**
 * Records what a browser reports to the page (https://www.w3.org/TR/reporting-1/#reporting-observer) as events, those from before
 * too: an intervention, with which it did not do what the page asked for, and if they are asked for deprecations. Returns the
 * function that undoes it. Another call while it holds changes nothing.
 */
export const traceReports = (options: ReportOptions = {}): (() => void) => startPart("reports", (client) => trace(client, options));

function trace({ shared }: Started, { types = ["intervention"], limit = 50 }: ReportOptions): () => void {
  const hasRoom = limitedTo(shared, limit);
  const take = ({ type, body }: Reported): void => {
    if (!body || !(types as readonly string[]).includes(type) || !hasRoom()) return;
    const { id, message, sourceFile, lineNumber, columnNumber, anticipatedRemoval } = body;
    recordEvent(
      shared,
      shared[4](),
      EVENTS[type as ReportType],
      elapsed(),
      shared[3]()[0],
      {
        [BROWSER_REPORT_TYPE]: type,
        [BROWSER_REPORT_ID]: id,
        [BROWSER_REPORT_MESSAGE]: message,
        [CODE_FILE_PATH]: sourceFile?.split(/[?#]/)[0],
        [CODE_LINE_NUMBER]: lineNumber || undefined,
        [CODE_COLUMN_NUMBER]: columnNumber || undefined,
        [BROWSER_DEPRECATION_ANTICIPATED_REMOVAL]: textOf(anticipatedRemoval),
      },
      {},
      WARN,
    );
  };
  const each = (reports: readonly Reported[]): void => {
    for (const one of reports)
      try {
        take(one);
      } catch {
        // It cannot be read, or telemetry has ended.
      }
  };
  // Not in every browser: then no part is started.
  const observer = new ReportingObserver((reports) => each(reports as never), { __proto__: null, types: [...types], buffered: true } as ReportingObserverOptions);
  observer.observe();
  const leave = (): void => each(observer.takeRecords() as never);
  const unleave = onWindow(LEAVING, leave);
  const forget = beforeStop(shared, leave);
  return () => {
    forget();
    leave();
    observer.disconnect();
    unleave();
  };
}

/** https://wicg.github.io/intervention-reporting/, https://wicg.github.io/deprecation-reporting/ */
interface Reported {
  readonly type: string;
  readonly body: null | {
    readonly id?: string;
    readonly message?: string;
    readonly sourceFile?: string | null;
    readonly lineNumber?: number | null;
    readonly columnNumber?: number | null;
    readonly anticipatedRemoval?: string | Date | null;
  };
}

/** A date as text; one that is none has no text. */
function textOf(date: string | Date | null | undefined): string | undefined {
  const read = new Date(date ?? NaN);
  return Number.isNaN(+read) ? undefined : read.toISOString();
}

const EVENTS = { intervention: BROWSER_INTERVENTION, deprecation: BROWSER_DEPRECATION } as const;

