// The package's entry.

export { ErrorBoundary, type ErrorBoundaryProps, type Failure } from "./error-boundary.js";
export { rootHooks, type ErrorContext, type RootHooks } from "./root-hooks.js";
