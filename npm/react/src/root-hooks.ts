// The hooks of a React root, which report the errors that React has met, once each.

import { captureException } from "@throughline/browser/errors";
import { ErrorBoundary } from "./error-boundary.js";

/** The context of an error, as React gives it: https://react.dev/reference/react-dom/client/createRoot#parameters */
export interface ErrorContext {
  /** The components around the one that threw. */
  readonly componentStack?: string | null | undefined;
  /** The boundary that has caught it. */
  readonly errorBoundary?: unknown;
}

/** The options of `createRoot` and `hydrateRoot` about errors. React 18 has the last one alone. */
export interface RootHooks {
  /** Nothing has caught the error, and the root is empty now. */
  onUncaughtError: (error: unknown, info: ErrorContext) => void;
  /** An error boundary has caught it. */
  onCaughtError: (error: unknown, info: ErrorContext) => void;
  /** React has rendered again, or in the browser what the server had rendered, and all is well. */
  onRecoverableError: (error: unknown, info: ErrorContext) => void;
}

/**
 * Makes the hooks of a root. What you give is called after the error is reported; without it React's
 * own work is done, so that the console and the page's listeners see what they would see.
 *
 * ```tsx
 * createRoot(element, rootHooks()).render(<App />);
 * ```
 */
export function rootHooks(own: Partial<RootHooks> = {}): RootHooks {
  return {
    onUncaughtError(error, info) {
      if (!isReported(error, own.onUncaughtError)) captureException(error, { handled: false, componentStack: info.componentStack });
      (own.onUncaughtError ?? rethrow)(error, info);
    },
    onCaughtError(error, info) {
      // Ours reports it itself, a moment later.
      if (!(info.errorBoundary instanceof ErrorBoundary)) captureException(error, { componentStack: info.componentStack });
      (own.onCaughtError ?? print)(error, info);
    },
    onRecoverableError(error, info) {
      if (!isReported(error, own.onRecoverableError)) captureException(error, { componentStack: info.componentStack });
      (own.onRecoverableError ?? rethrow)(error, info);
    },
  };
}

/**
 * Whether the page's `error` event will report a value that has no identity: an object is
 * recognised then, and reported once.
 */
const isReported = (error: unknown, own: unknown): boolean =>
  !own && typeof reportError == "function" && Object(error) !== error;

/** Prints the error, as React does by default. */
const print = (error: unknown): void => console.error(error);

/** Does what React does by default: https://github.com/facebook/react/blob/main/packages/shared/reportGlobalError.js */
function rethrow(error: unknown): void {
  if (typeof reportError == "function") reportError(error);
  else console.error(error);
}
