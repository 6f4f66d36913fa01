// Parts of Sentry's packages that are not there: a page that asks for them works, and the development build says so.

import type { Integration } from "./event.js";
import { tell } from "./told.js";

/** An integration that does nothing but say so, with the methods that a page may call. */
export type Absent = Integration & { [method: string]: any };

/** Makes one. */
export const absent = (name: string, what: string, methods: object = {}): Absent => ({
  name,
  setup: () => tell(what),
  ...methods,
});

/** Does nothing: there is no replay. */
export const replayIntegration = (_options?: object): Absent =>
  absent("Replay", "there is no replay: `replayIntegration` does nothing. What the person did before an error is in its breadcrumbs and its trace", {
    start() {},
    startBuffering() {},
    stop: async () => {},
    flush: async () => {},
    getReplayId: () => undefined,
    getRecordingMode: () => undefined,
  });
/** Does nothing: there is no replay. */
export const replayCanvasIntegration = (_options?: object): Absent => absent("ReplayCanvas", "there is no replay: `replayCanvasIntegration` does nothing");
/** Returns nothing: there is no replay. */
export const getReplay = (): undefined => undefined;

/** Does nothing: there is no form for feedback. */
export const feedbackIntegration = (_options?: object): Absent =>
  absent("Feedback", `${NO_FEEDBACK}: \`feedbackIntegration\` does nothing`, {
    attachTo: () => () => {},
    createForm: async () => NO_FORM,
    createWidget: () => NO_FORM,
    openDialog() {},
    remove() {},
  });
/** Returns nothing: there is no form for feedback. */
export const getFeedback = (): undefined => undefined;
/** Shows nothing: there is no form for feedback. */
export const showReportDialog = (_options?: object): void => tell(`${NO_FEEDBACK}: \`showReportDialog\` and \`showDialog\` show none; show a form of your own with the id of the event`);

/** Does nothing: there are no profiles. */
export const browserProfilingIntegration = (): Absent => absent("BrowserProfiling", "there are no profiles: `browserProfilingIntegration` does nothing. INP is explained by `collectAttribution` of @throughline/browser/attribution");

const NO_FEEDBACK = "there is no form for feedback";
const NO_FORM = { appendToDom() {}, removeFromDom() {}, open() {}, close() {} };
