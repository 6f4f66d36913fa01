// Spans of the mounting of components.

import { startInactiveSpan, type Span } from "@throughline/browser/sentry";
import { createElement, useEffect, useState, type ComponentType, type FC, type ReactNode } from "react";
import { nameOf } from "./error-boundary.js";

/** The properties of `Profiler`. */
export interface ProfilerProps {
  /** The name of the span. */
  name: string;
  /** Records no span. */
  disabled?: boolean;
  /** Changes nothing: only the mounting is recorded. */
  includeRender?: boolean;
  /** Changes nothing: only the mounting is recorded. */
  includeUpdates?: boolean;
  updateProps: { [key: string]: unknown };
  children?: ReactNode;
}

/** Records how long the mounting of its children takes, from their first rendering to their effects, as a span in the open one. */
export function Profiler({ name, disabled, children }: ProfilerProps): ReactNode {
  useProfiler(name, { disabled: !!disabled });
  return children;
}

/** The same for the component that calls it. */
export function useProfiler(name: string, { disabled }: { disabled?: boolean; hasRenderSpan?: boolean } = {}): void {
  const [span] = useState<Span | undefined>(() =>
    disabled ? undefined : startInactiveSpan({ name, op: "ui.mount", onlyIfParent: true, attributes: { "ui.component_name": name } }),
  );
  useEffect(() => span?.end(), [span]);
}

/** Wraps a component in a `Profiler`. */
export function withProfiler<Props extends Record<string, any>>(wrapped: ComponentType<Props>, options?: { name?: string; disabled?: boolean; includeRender?: boolean; includeUpdates?: boolean }): FC<Props> {
  const name = options?.name ?? nameOf(wrapped);
  const Wrapped: FC<Props> = (props) => createElement(Profiler, { name, ...(options?.disabled && { disabled: true }), updateProps: props }, createElement(wrapped, props));
  Wrapped.displayName = `profiler(${name})`;
  return Wrapped;
}
