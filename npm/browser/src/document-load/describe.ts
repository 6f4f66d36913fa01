// Records a summary of the resources of the document's load.

import type { SpanContext } from "../context/span-context.js";
import { startPart } from "../control/part.js";
import { entriesOf } from "../core/platform.js";
import type { Fact } from "../generated/facts.js";
import {
  THROUGHLINE_DOCUMENT_LOAD_RESOURCES,
  THROUGHLINE_DOCUMENT_LOAD_RESOURCES_BLOCKING,
  THROUGHLINE_DOCUMENT_LOAD_RESOURCES_BYTES,
  THROUGHLINE_DOCUMENT_LOAD_RESOURCES_CACHED,
  THROUGHLINE_DOCUMENT_LOAD_RESOURCES_COUNT,
  THROUGHLINE_DOCUMENT_LOAD_RESOURCES_KINDS,
  THROUGHLINE_DOCUMENT_LOAD_RESOURCES_SLOWEST,
} from "../generated/semconv.js";
import { recordEvent } from "../tracing/recorded.js";
import { documentPlaceOf } from "./place.js";
import { summaryOf } from "./summary.js";

/**
 * Records, in the span of the document's load, what it has loaded until its load event: how many resources, from where,
 * how long each kind took, and the slowest. A page calls it right after `init`. Returns the function that undoes it.
 */
export const describeDocumentLoad = (): (() => void) =>
  startPart("document-load", ({ shared }) => {
    const notify = shared[NOTIFY];
    let isStopped = false;
    const describing: typeof notify = (fact, place) => {
      try {
        notify(fact, place);
      } finally {
        // Also while `keep` holds the span back.
        if (fact[0] == "N" && !isStopped) summarize(fact);
      }
    };
    const summarize = (fact: Fact): void => {
      const end = Number(fact[2]) / 1000;
      const { count, cached, blocking, bytes, kinds, slowest } = summaryOf(entriesOf("resource") as PerformanceResourceTiming[], end);
      recordEvent(shared, documentPlaceOf(shared), THROUGHLINE_DOCUMENT_LOAD_RESOURCES, end, fact.slice(3, 6) as unknown as SpanContext, {
        [THROUGHLINE_DOCUMENT_LOAD_RESOURCES_COUNT]: count,
        [THROUGHLINE_DOCUMENT_LOAD_RESOURCES_CACHED]: cached,
        ...(blocking != null && { [THROUGHLINE_DOCUMENT_LOAD_RESOURCES_BLOCKING]: blocking }),
        [THROUGHLINE_DOCUMENT_LOAD_RESOURCES_BYTES]: bytes,
        [THROUGHLINE_DOCUMENT_LOAD_RESOURCES_KINDS]: kinds,
        [THROUGHLINE_DOCUMENT_LOAD_RESOURCES_SLOWEST]: slowest,
      });
    };
    shared[NOTIFY] = describing;
    return () => {
      isStopped = true;
      if (shared[NOTIFY] == describing) shared[NOTIFY] = notify;
    };
  });

/** The place in `shared` of the function that sees each fact. */
const NOTIFY = 6;
