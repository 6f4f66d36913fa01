// Paths of the causes of an exception: steps, as a fact has them, and texts for people.

import type { ExceptionFact } from "../generated/facts.js";

/** The steps to each cause of a fact: `0c` is `errors[0].cause`. */
export const stepsIn = ({ 13: causes, 17: steps = [] }: ExceptionFact): string[] =>
  // A client of an earlier version knows chains alone.
  causes.filter((_, at) => at % 3 == 0).map((_, at) => steps[at] ?? "c".repeat(at + 1));

/** Steps as a path. */
export const asPath = (steps: string): string => steps.replace(/./g, (step) => (step == "c" ? ".cause" : `.errors[${step}]`)).slice(1);

/** A path as steps; of one that is none the name is left out. */
export const asSteps = (path: unknown): string => String(path ?? "").replace(/[^.]*(?:\.|$)/g, (step) => /^errors\[(\d)]/.exec(step)?.[1] ?? (step.startsWith("cause") ? "c" : ""));
