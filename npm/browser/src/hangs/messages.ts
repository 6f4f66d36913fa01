// The messages between a page and the worker that watches it. They may be of two versions: a list grows at its end.

import type { DropReason, HeaderFact } from "../generated/facts.js";
import type { SpanContext } from "../context/span-context.js";

/** A message of the page. */
export type ToWorker =
  /** Where a hang is reported, in which form, and after how many ms. */
  | readonly ["start", address: string, form: Form, header: HeaderFact, after: number]
  /** The state of the page that a hang from now on belongs to. */
  | readonly ["state", State]
  /** Whether the page has to react: not while it is hidden, or waits for a dialog. */
  | readonly ["watch", boolean]
  /** The answer to a question. */
  | readonly ["pong", id: number];

/** A message of the worker: a question, or the number of records that it could not send, and why. */
export type ToPage = readonly ["ping", id: number] | readonly ["lost", records: number, DropReason];

/** `facts` for an edge, `textless` for one where the page redacts, `otlp` for another receiver. Only `facts` have texts of the page's. */
export type Form = "facts" | "textless" | "otlp";

/** The session, the open span, the address, the page's own attributes that are texts, the last breadcrumb as JSON, and the further fields of a context. */
export type State = readonly [session: string, span: SpanContext | undefined, address: string, own: readonly string[], breadcrumb: string | undefined, typed?: readonly string[], dropped?: number | ""];
