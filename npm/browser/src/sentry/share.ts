// The share of the traces that a page sends.

/** Whether `tracesSampleRate` leaves out a part of them: with 1, without one, and with what is none, all are sent. */
export const isShare = (rate: unknown): rate is number => typeof rate == "number" && rate >= 0 && rate < 1;
