// A batch as it is stored.

import type { Batch } from "../core/batch.js";
import type { Bytes } from "../core/post.js";

/** A batch in IndexedDB. Times are ms of the wall clock. */
export interface Kept {
  /** One batch has one: a batch that is stored again replaces itself. */
  id: string;
  /** The receiver and the key that it is for. */
  scope: string;
  path: string;
  type: string | undefined;
  body: Bytes;
  bytes: number;
  records: number;
  /** Counts of lost records in it, by reason. */
  lost: readonly (readonly [reason: string, records: number])[];
  /** When it was given up first. */
  keptAt: number;
  /** When it was posted first without a response, 0 if never: the receiver may have taken it then. */
  postedAt: number;
  /** No other page sends it before. */
  notBefore: number;
}

/** The sum of all that is stored. */
export interface Sum {
  batches: number;
  records: number;
  bytes: number;
}

/** Whether the engine has written a batch: only then it is redacted. */
export const isWrittenByEngine = ([, , type, , id]: Batch): boolean => !!id && type != "application/json";

/** The id of the stored form: batches of plain OTLP are one for each signal. */
export const idOf = ([path, , , , id]: Batch): string => `${id} ${path}`;

/** Makes the stored form of a batch. */
export function keptOf(batch: Batch, of: Pick<Kept, "scope" | "keptAt" | "postedAt" | "notBefore">): Kept {
  const [path, body, type, records, , lost = []] = batch;
  return {
    id: idOf(batch),
    path,
    type,
    body,
    bytes: body.length,
    records,
    lost: lost.map(([, reason, count]) => [reason, Number(count)]),
    ...of,
  };
}
