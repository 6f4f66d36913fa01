// The entry of further formats of trace propagation: B3, X-Ray, baggage.

export { propagate, type PropagationOptions, type PropagationTarget } from "./propagation/propagate.js";
export type { Format } from "./propagation/formats.js";
