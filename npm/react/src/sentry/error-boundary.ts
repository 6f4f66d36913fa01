// The error boundary with the properties of Sentry's.

import { showReportDialog, withScope, type Scope } from "@throughline/browser/sentry";
import { Component, createElement, isValidElement, type ComponentType, type FC, type ReactElement, type ReactNode } from "react";
import { captureReactException } from "./react-errors.js";

/** A function component that is shown in place of the children. */
export type FallbackRender = (errorData: { error: unknown; componentStack: string; eventId: string; resetError(): void }) => ReactElement;

/** The properties of `ErrorBoundary`. */
export interface ErrorBoundaryProps {
  children?: ReactNode | (() => ReactNode);
  /** Shown in place of the children; without it nothing is. */
  fallback?: ReactElement | FallbackRender | undefined;
  /** Whether the error counts as handled; without it that is so where there is a fallback. */
  handled?: boolean | undefined;
  /** Called with the scope of the event before it is captured. */
  beforeCapture?: ((scope: Scope, error: unknown, componentStack: string) => void) | undefined;
  /** Called after it is captured. */
  onError?: ((error: unknown, componentStack: string, eventId: string) => void) | undefined;
  onMount?: (() => void) | undefined;
  /** Called before the children are rendered again. */
  onReset?: ((error: unknown, componentStack: string, eventId: string) => void) | undefined;
  onUnmount?: { (error: null, componentStack: null, eventId: null): void; (error: unknown, componentStack: string, eventId: string): void } | undefined;
  /** Shows nothing: there is no form for feedback, which the development build says. */
  showDialog?: boolean | undefined;
  dialogOptions?: object | undefined;
}

interface Failure {
  readonly error: unknown;
  readonly componentStack: string;
  readonly eventId: string;
}

interface State {
  /** Whether something was thrown; what is known of it comes a moment later. */
  readonly hasFailed?: boolean;
  readonly failure?: Failure | undefined;
}

/** Catches what its children throw while they are rendered or in effects, and captures it once with the component stack. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  override state: State = {};

  /** @hidden */
  static getDerivedStateFromError(): State {
    return { hasFailed: true };
  }

  override componentDidCatch(error: unknown, info: { componentStack?: string | null }): void {
    const { beforeCapture, onError, showDialog, dialogOptions, handled, fallback } = this.props;
    const componentStack = info.componentStack ?? "";
    withScope((scope) => {
      beforeCapture?.(scope, error, componentStack);
      const eventId = captureReactException(error, { componentStack }, { mechanism: { handled: handled ?? !!fallback } });
      onError?.(error, componentStack, eventId);
      if (showDialog) showReportDialog({ ...dialogOptions, eventId });
      this.setState({ failure: { error, componentStack, eventId } });
    });
  }

  override componentDidMount(): void {
    this.props.onMount?.();
  }

  override componentWillUnmount(): void {
    const { failure } = this.state;
    const { onUnmount } = this.props;
    if (failure) onUnmount?.(failure.error, failure.componentStack, failure.eventId);
    else onUnmount?.(null, null, null);
  }

  override render(): ReactNode {
    const { children, fallback } = this.props;
    const { hasFailed, failure } = this.state;
    if (!hasFailed) return typeof children == "function" ? children() : children;
    if (typeof fallback == "function") return failure ? createElement(fallback, { ...failure, resetError: this.reset }) : null;
    return isValidElement(fallback) ? fallback : null;
  }

  private readonly reset = (): void => {
    const { error, componentStack, eventId } = this.state.failure!;
    this.props.onReset?.(error, componentStack, eventId);
    this.setState({ hasFailed: false, failure: undefined });
  };
}

/** Wraps a component in an error boundary. */
export function withErrorBoundary<Props extends Record<string, any>>(wrapped: ComponentType<Props>, errorBoundaryOptions: ErrorBoundaryProps): FC<Props> {
  const Wrapped: FC<Props> = (props) => createElement(ErrorBoundary, errorBoundaryOptions, createElement(wrapped, props));
  Wrapped.displayName = `errorBoundary(${nameOf(wrapped)})`;
  return Wrapped;
}

/** The name of a component. */
export const nameOf = <Props>({ displayName, name }: ComponentType<Props>): string => displayName || name || "unknown";
