// @ts-check
// Lists what was cut off records by limits, and has the words for each limit.

/** @import { Outcomes, ValueCount } from "../types" */

/**
 * The parts of records that were cut off: for all backends, and for one.
 * @param {Outcomes} outcomes
 * @returns {ValueCount[]}
 */
export function cutOf({ cut = [], truncated = [] }) {
  return [
    ...cut.map(({ limit, signal, parts }) => ({ label: limit, note: LIMITS[limit] ?? UNKNOWN, signal, values: parts })),
    ...truncated.map(({ backend, signal, values }) => ({ label: `limits of ${backend ?? "the backend"}`, note: OF_BACKEND, signal, values })),
  ];
}

/**
 * Limits of all records, by their key in the configuration.
 * @type {Record<string, string>}
 */
const LIMITS = {
  "limits.attributes": "Attributes beyond the most that a record may have were left out.",
  "limits.key_bytes": "Attributes whose names were too long were left out.",
  "limits.value_bytes": "Texts that were too long lost their end.",
  "limits.items": "Lists and maps that were too long lost their last items.",
  "limits.depth": "Lists and maps too deep within others lost their content.",
  "limits.events": "Events beyond the most that a span may have were left out.",
  "limits.links": "Links beyond the most that a span may have were left out.",
};
const OF_BACKEND =
  "Texts lost their end, or attributes were left out, for this backend alone: max_attribute_bytes, max_body_bytes, max_attributes.";
const UNKNOWN = "This page has no words for the limit.";
