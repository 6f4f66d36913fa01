// Sends errors, session starts and parts that could not be started, for a page without an engine:
// as facts, or as OTLP where the receiver reads nothing else.

import { FORMAT, type DegradedFact, type ExceptionFact, type Fact, type HeaderFact, type LostFact, type SessionStartFact } from "../generated/facts.js";
import { sessionId } from "../context/session.js";
import { encode } from "./encode.js";
import type { Endpoint } from "./endpoint.js";
import { wallClock } from "./platform.js";
import { inFlight, SHARE, utf8, type Bytes } from "./post.js";
import { countLost, recordsIn, recount, removeWhere, takeLost } from "./queue.js";

/** Whether a fact leaves the page even without an engine. */
export const isEssential = (fact: Fact): fact is EssentialFact => "ESDX".includes(fact[0]);

type EssentialFact = ExceptionFact | SessionStartFact | DegradedFact | LostFact;

/** A form in which facts leave a page without an engine. */
export interface Form {
  /** The receiver's path, and the media type if it is another than of text: then it reads nothing but OTLP. */
  path: string;
  type?: string;
  /** Writes facts, after the header and the context they belong to. */
  body(facts: readonly Fact[]): Bytes;
  /** Loads what writes the engine's facts, for such a receiver; rejects where that could not be loaded. */
  loadWriter?(): Promise<MakeWriter>;
}

/** Compiles what was loaded; `bytesOf` decodes a module that is text. Rejects where WebAssembly is not allowed. */
export type MakeWriter = (bytesOf: (text: string) => Bytes) => Promise<OtlpWriter>;

/** Writes facts that the engine has reduced as an `ExportTraceServiceRequest` and an `ExportLogsServiceRequest`; empty for none; and how many exceptions it has dropped, because their scripts are none of the page's. */
export type OtlpWriter = (facts: Bytes) => [traces: Bytes, logs: Bytes, injected: number];

/** The form for edges. */
export const asFacts: Form = { path: "facts", body: (facts) => utf8(encode(facts)) };

/**
 * Sends as many as may outlive the page, oldest first, and those that are left after the response.
 * When the page ends all other records are counted.
 */
export async function sendMinimal(endpoint: Endpoint, ends?: boolean): Promise<void> {
  const { path, type, body } = endpoint.form;
  const taken: Fact[] = [["H", FORMAT, VERSION, ...endpoint.resource] as unknown as HeaderFact, ["M", wallClock()]];
  let context: Fact = ["C", "", ""];
  let room = SHARE - BESIDE - inFlight;
  const records = removeWhere((fact) => {
    // It was recorded before the session was known.
    if (fact[0] == "C") ((context = fact) as unknown as string[])[1] ||= sessionId;
    if (!isEssential(fact)) return false;
    const { length } = body([context, fact]);
    if (length > room) return false;
    room -= length;
    return taken.push(context, fact);
  });
  if (ends) countLost("page_ended", removeWhere(([kind]) => recordsIn(kind)));
  const lost = takeLost();
  if (!records && !lost.length) return;
  const response = await endpoint.post(path, body([...taken, ...lost]), type);
  if (response?.ok) return sendMinimal(endpoint);
  countLost("expired", records);
  recount(lost);
}

/** Bytes that are left for the resource, and for the counts of what no request can carry out of the page. */
const BESIDE = 2048;
