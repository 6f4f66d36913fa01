// The error boundary: shows something else in place of components that have thrown, and reports the error.

import { captureException } from "@throughline/browser/errors";
import { Component, type ReactNode } from "react";

/** The failure that a fallback stands for. */
export interface Failure {
  /** The value that was thrown. */
  readonly error: unknown;
  /** Renders the children again. */
  readonly reset: () => void;
}

/** The properties of `ErrorBoundary`. */
export interface ErrorBoundaryProps {
  /** The components that are watched. */
  children?: ReactNode;
  /** Shown in place of the children. Without it nothing is, and the error counts as not handled. */
  fallback?: ReactNode | ((failure: Failure) => ReactNode);
  /** Attributes `app.{name}` of the error's record. */
  tags?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  /** Renders the children again when one of these values is another one than before. */
  resetKeys?: readonly unknown[];
  /** Called with what was thrown, and with the components around the one that threw. */
  onError?: (error: unknown, componentStack: string | undefined) => void;
  /** Called before the children are rendered again. */
  onReset?: () => void;
}

interface State {
  readonly failure?: { readonly error: unknown } | undefined;
}

/**
 * Catches what its children throw while they are rendered or in effects, and reports it once with
 * the component stack.
 *
 * ```tsx
 * <ErrorBoundary fallback={({ reset }) => <button onClick={reset}>Try again</button>}>
 *   <Basket />
 * </ErrorBoundary>
 * ```
 */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  override state: State = {};

  /** @hidden */
  static getDerivedStateFromError(error: unknown): State {
    return { failure: { error } };
  }

  override componentDidCatch(error: unknown, info: { componentStack?: string | null }): void {
    const { fallback, onError, tags } = this.props;
    const componentStack = info.componentStack ?? undefined;
    captureException(error, { componentStack, handled: fallback !== undefined, ...(tags && { tags }) });
    onError?.(error, componentStack);
  }

  override componentDidUpdate({ resetKeys: before = [] }: ErrorBoundaryProps, { failure }: State): void {
    const { resetKeys = [] } = this.props;
    // Not in the update that shows the failure: the keys may have changed in the one that threw.
    const isChanged = resetKeys.length != before.length || resetKeys.some((key, at) => !Object.is(key, before[at]));
    if (failure && this.state.failure && isChanged) this.reset();
  }

  override render(): ReactNode {
    const { children, fallback } = this.props;
    const { failure } = this.state;
    if (!failure) return children;
    return typeof fallback == "function" ? fallback({ ...failure, reset: this.reset }) : (fallback ?? null);
  }

  private readonly reset = (): void => {
    this.props.onReset?.();
    this.setState({ failure: undefined });
  };
}
