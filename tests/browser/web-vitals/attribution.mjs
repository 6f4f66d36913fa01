// @ts-check
// Compares what explains a vital with the attribution of web-vitals.

import assert from "node:assert/strict";

/** Attributes by the members of web-vitals' attribution. @type {Record<string, Record<string, string>>} */
const NUMBERS = {
  TTFB: {
    waitingDuration: "waiting_duration",
    cacheDuration: "cache_duration",
    dnsDuration: "dns_duration",
    connectionDuration: "connection_duration",
    requestDuration: "request_duration",
  },
  FCP: { timeToFirstByte: "time_to_first_byte", firstByteToFCP: "first_byte_to_paint" },
  LCP: {
    timeToFirstByte: "time_to_first_byte",
    resourceLoadDelay: "resource_load_delay",
    resourceLoadDuration: "resource_load_duration",
    elementRenderDelay: "element_render_delay",
  },
  CLS: { largestShiftTime: "largest_shift.time", largestShiftValue: "largest_shift.value" },
  INP: {
    interactionTime: "interaction.time",
    inputDelay: "input_delay",
    processingDuration: "processing_duration",
    presentationDelay: "presentation_delay",
  },
};

/** @param {any} our @param {any} their */
export async function sameAttribution(our, their) {
  const { name, navigationType } = their;
  const of = (/** @type {string} */ key) => our.attributes[`throughline.web_vital.${key}`];
  const said = `${JSON.stringify(our.attributes, null, 1)}\n${JSON.stringify(their.attribution, null, 1)}`;
  const isEmpty = name === "TTFB" && navigationType !== "navigate" && navigationType !== "prerender" && navigationType !== "reload";
  if (!isEmpty)
    for (const [theirs, ours] of Object.entries(NUMBERS[name] ?? {})) {
      const value = their.attribution[theirs];
      if (value == null) assert.equal(of(ours), undefined, `${theirs}: ${said}`);
      // Ours has three decimal places; after a return each counts its own frames.
      else assert.ok(Math.abs(of(ours) - value) < (navigationType === "back-forward-cache" && name !== "INP" ? 100 : 0.002), `${theirs}: ${said}`);
    }
  if (their.attribution.loadState && name !== "TTFB") assert.equal(of("load_state"), their.attribution.loadState, said);
  if (name === "LCP") assert.equal(our.attributes["url.full"], their.attribution.url, said);
  const target = their.attribution.target ?? their.attribution.interactionTarget ?? their.attribution.largestShiftTarget;
  // Theirs has none of an element that a handler removed.
  assert.ok(our.attributes["browser.css_selector"] || !target, said);
  if (name === "INP" && their.attribution.interactionTarget) {
    assert.equal(of("interaction.type"), their.attribution.interactionType, said);
    const { entry, subpart, intersectingDuration } = their.attribution.longestScript ?? {};
    assert.equal(of("script.phase"), subpart, said);
    if (!entry) return;
    assert.ok(Math.abs(of("script.duration") - intersectingDuration) < 0.002, said);
    assert.equal(of("script.kind"), entry.invokerType, said);
    assert.equal(our.attributes["code.file.path"] ?? "", entry.sourceURL, said);
    assert.equal(our.attributes["code.function.name"] ?? "", entry.sourceFunctionName, said);
  }
}
