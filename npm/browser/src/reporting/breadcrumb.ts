// A breadcrumb, and the options of those that are collected.

import type { Values } from "./values.js";

/** Something that happened in the page before an error. */
export interface Breadcrumb {
  /** `click`, `navigation`, `request`, `console`, or a word of the page's own. */
  category: string;
  /** The event, in a few words. */
  message: string;
  /** Facts about it. */
  data?: Values;
  /** How much it matters: a word of the page's own, such as `warning`. */
  level?: string;
}

/** A method of `console`. */
export type ConsoleMethod = "debug" | "error" | "info" | "log" | "warn";

/** Which breadcrumbs are collected. */
export interface BreadcrumbOptions {
  /** The most that are kept, the last ones (default 50, at most 100). */
  limit?: number;
  /**
   * Methods of `console` whose calls are collected (default none): the developer tools then show
   * our line as the place of a call.
   */
  console?: readonly ConsoleMethod[];
  /** Changes a breadcrumb, or refuses it by returning `null`. One for which it throws is refused. */
  beforeBreadcrumb?(breadcrumb: Breadcrumb): Breadcrumb | null;
}
