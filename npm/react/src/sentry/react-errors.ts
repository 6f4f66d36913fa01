// Captures the errors that React has met, with the components around the one that threw.

import { captureException, type EventHint } from "@throughline/browser/sentry";

/** The context of an error, as React gives it. */
export interface ErrorContext {
  readonly componentStack?: string | null | undefined;
}

/** Captures an error with the component stack; returns the id of the event. */
export function captureReactException(error: unknown, { componentStack }: ErrorContext, hint?: EventHint): string {
  return captureException(error, { ...hint, captureContext: componentStack ? { contexts: { react: { componentStack } } } : {} });
}

/**
 * Makes a hook of `createRoot` or `hydrateRoot`, which captures an error once: handled where a callback is
 * given, which is called afterwards.
 */
export const reactErrorHandler =
  (callback?: (error: any, errorInfo: any, eventId: string) => void): ((error: any, errorInfo: any) => void) =>
  (error: unknown, errorInfo: ErrorContext) => {
    const id = captureReactException(error, errorInfo, { mechanism: { handled: !!callback } });
    callback?.(error, errorInfo, id);
  };
