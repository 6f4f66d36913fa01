// @ts-check
// The view of outcomes: what came to the edge, what left, and what did not and why.

/** @import { Summary, Unsent, View } from "../types" */

import { ApiFailure, fetchOutcomes } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { emptyNotice, failureNotice } from "../empty.js";
import { moveFocus } from "../focus.js";
import { counted, grouped } from "../format.js";
import { atMostEvery } from "../throttle.js";
import { explain } from "./reasons.js";
import { refusedBlock } from "./refused.js";
import { summarize } from "./summary.js";
import { recordOf, recordTable, shares, valueTable } from "./tables.js";

/** @returns {View} */
export function outcomesView() {
  const verdict = h("div", { class: "outcome-verdict", role: "status" });
  const rest = h("div", { class: "outcomes" });
  const element = h("section", { class: "report" }, h("h1", {}, "Outcomes"), verdict, rest);
  /** The counts that are drawn, as JSON: equal counts are not drawn again, so that a selection stays. */
  let drawn = "";
  let timer = 0;

  const load = atMostEvery(500, async () => {
    const result = await fetchOutcomes().catch((failure) => failure);
    const text = result instanceof Error ? result.message : JSON.stringify(result);
    if (text === drawn) return;
    drawn = text;
    if (result instanceof Error) {
      fill(verdict);
      fill(rest, isAbsent(result) ? noEdge() : failureNotice(result));
    } else draw(summarize(result));
  });

  /** @param {Summary} counts */
  function draw(counts) {
    if (counts.came === 0 && counts.droppedByPages === 0 && counts.refused.length === 0) {
      fill(verdict);
      fill(rest, nothingCame());
      return;
    }
    const { good, words, detail } = judge(counts);
    fill(
      verdict,
      h("p", { class: good ? "good" : "bad" }, icon(good ? "check" : "error"), h("strong", {}, words)),
      h("p", { class: "note" }, detail),
    );
    fill(
      rest,
      counts.came > 0 && [shares(counts), recordTable(counts)],
      counts.unsent.length > 0 && [
        h("h2", {}, "What did not leave, and why"),
        h("ul", { class: "outcome-reasons" }, ...counts.unsent.map(reasonBlock)),
      ],
      counts.refused.length > 0 && [
        h("h2", {}, "What was refused as a whole"),
        h("p", { class: "note" }, "Requests whose records are in no count: their senders got the status and the reason."),
        h("ul", { class: "outcome-reasons" }, ...counts.refused.map(refusedBlock)),
      ],
      counts.redactions.length > 0 && [
        h("h2", {}, "What was redacted"),
        h("p", { class: "note" }, "Values that a rule of [scrub] took out of records; the records themselves went on."),
        valueTable("Rule", counts.redactions, counts.signals),
      ],
      counts.cut.length > 0 && [
        h("h2", {}, "What was cut off"),
        h("p", { class: "note" }, "Parts of records that were beyond a limit of [normalize] or of a backend; the records themselves went on. To keep more, raise the limit."),
        valueTable("Limit", counts.cut, counts.signals),
      ],
      h("p", { class: "note outcome-scope" }, SCOPE),
    );
  }

  /** @param {number} step */
  function walk(step) {
    moveFocus(rest.querySelectorAll(".outcome-reason"), step, "h3");
  }

  return {
    element,
    title: "Outcomes",
    keys: [
      { keys: ["j", "ArrowDown"], description: "Next reason", run: () => walk(1) },
      { keys: ["k", "ArrowUp"], description: "Previous reason", run: () => walk(-1) },
    ],
    changed: load,
    shown() {
      load();
      timer = setInterval(() => document.hidden || load(), REFRESH_MS);
    },
    closed() {
      clearInterval(timer);
    },
  };
}

/**
 * The outcomes in one sentence, and in one more the numbers of it.
 * @param {Summary} counts
 */
function judge({ came, copied, exported, rejected, sampledOut, waiting, droppedByPages, refused, cutParts }) {
  // A path that nothing has is rarely telemetry.
  const refusals = refused.filter(({ routes }) => routes.length > 0).reduce((sum, { requests }) => sum + requests, 0);
  const numbers = [
    `${grouped(exported)} of ${counted(came, "record")} exported${copied > 0 ? " (copies for further backends included)" : ""}`,
    waiting > 0 && `${grouped(waiting)} waiting for export`,
    sampledOut > 0 && `${grouped(sampledOut)} sampled out`,
    cutParts > 0 && `${counted(cutParts, "part")} of records cut off`,
  ];
  const detail = `${numbers.filter(Boolean).join(", ")}.`;
  const faults = [
    rejected > 0 && `${counted(rejected, "record")} ${rejected === 1 ? "was" : "were"} rejected`,
    refusals > 0 && `${counted(refusals, "request")} ${refusals === 1 ? "was" : "were"} refused as a whole`,
    droppedByPages > 0 && `pages dropped ${counted(droppedByPages, "record")} before sending`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) {
    const words = faults.join(", and ");
    return { good: false, words: `${words.charAt(0).toUpperCase()}${words.slice(1)}.`, detail };
  }
  if (waiting > 0) return { good: true, words: `Nothing is lost; ${counted(waiting, "record")} still ${waiting === 1 ? "waits" : "wait"}.`, detail };
  if (sampledOut > 0) return { good: true, words: "Everything that came has left or was sampled out.", detail };
  return { good: true, words: "Everything that came has left.", detail };
}

/** @param {Unsent} unsent */
function reasonBlock(unsent) {
  const { outcome, reason, records, counts, backends } = unsent;
  const { what, fault, action } = explain(unsent);
  const signals = Object.entries(counts).map(([signal, count]) => counted(count, recordOf(signal)));
  const noun = signals.length === 1 ? recordOf(Object.keys(counts)[0]) : "record";
  const where = [signals.length > 1 && signals.join(", "), backends.length > 0 && `for ${backends.join(", ")}`];
  const note = where.filter(Boolean).join(" ");
  return h(
    "li",
    { class: `outcome-reason outcome-${outcome.replaceAll("_", "-")}`, "data-reason": reason || outcome },
    h(
      "p",
      { class: "outcome-count" },
      h("strong", {}, grouped(records)),
      h("span", { class: "unit" }, ` ${noun}${records === 1 ? "" : "s"}`),
    ),
    h(
      "div",
      {},
      h("h3", { tabindex: "-1" }, OUTCOMES[outcome] ?? outcome, " ", reason && h("code", {}, reason)),
      note && h("p", { class: "note" }, note),
      h("p", {}, what),
      h("p", {}, h("b", {}, "At fault: "), fault),
      h("p", {}, h("b", {}, "What to do: "), action),
    ),
  );
}

function nothingCame() {
  return emptyNotice(
    "Nothing has come yet",
    "The edge counts here what it receives, what it exports, and what it does not and why. Send telemetry to ",
    h("code", {}, location.origin),
    ", as OTLP or from a page.",
  );
}

function noEdge() {
  return emptyNotice(
    "There is no edge here",
    "The counts are of the edge of ",
    h("code", {}, "throughline dev"),
    "; this program serves a store alone.",
  );
}

/** @param {Error} failure */
function isAbsent(failure) {
  return failure instanceof ApiFailure && failure.status === 404;
}

/** @type {Record<string, string>} */
const OUTCOMES = {
  rejected: "Rejected",
  dropped_by_page: "Dropped by pages",
  discarded_by_sdk: "Discarded by SDKs",
  sampled_out: "Sampled out",
};
const SCOPE =
  "Counted since the program started; metrics include those that the edge makes of requests and web vitals.";
const REFRESH_MS = 2_000;
