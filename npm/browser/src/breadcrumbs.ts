// The entry of breadcrumbs: traces of what happened before an error, sent with errors alone.

// It shares code with that entry, which so has it.
import "./errors.js";

export { addBreadcrumb, collectBreadcrumbs } from "./reporting/breadcrumbs.js";
export type { Breadcrumb, BreadcrumbOptions, ConsoleMethod } from "./reporting/breadcrumb.js";
export type { Value, Values } from "./reporting/values.js";
