// Events in the form that Sentry's packages give them, as far as a page has them.
//
// A type is `any` where theirs is: the code of a page has to compile with both.

import type { Client } from "./client.js";

/** The level of an event. */
export type SeverityLevel = "fatal" | "error" | "warning" | "log" | "info" | "debug";

/** The value of a tag; it is sent as text. */
export type Primitive = number | string | boolean | bigint | symbol | null | undefined;

/** The person who uses the page. `username` is `user.name`; members that are not named here are `app.user.{name}`. */
export interface User {
  [key: string]: unknown;
  id?: string | number;
  ip_address?: string | null;
  email?: string;
  username?: string;
}

/** Facts about one subject, attributes `app.{context}.{name}`. */
export type Context = Record<string, unknown>;
/** Contexts by name. */
export type Contexts = Record<string, Context | undefined>;
/** Attributes `app.extra.{name}`. */
export type Extras = Record<string, unknown>;

/** A place in a stack. */
export interface StackFrame {
  filename?: string;
  function?: string;
  lineno?: number;
  colno?: number;
  in_app?: boolean;
  module?: string;
  abs_path?: string;
}

/** A stack, outermost frame first. */
export interface Stacktrace {
  frames?: StackFrame[];
}

/** How an exception was met. */
export interface Mechanism {
  type: string;
  handled?: boolean;
  data?: { [key: string]: string | boolean };
  synthetic?: boolean;
  /** Where the parent has it: `cause`, `errors[0]`. */
  source?: string;
  exception_id?: number;
  parent_id?: number;
  is_exception_group?: boolean;
}

/** One exception of an event. */
export interface Exception {
  type?: string;
  value?: string;
  mechanism?: Mechanism;
  stacktrace?: Stacktrace;
}

/** Something that happened before an event. */
export interface Breadcrumb {
  type?: string;
  level?: SeverityLevel;
  event_id?: string;
  category?: string;
  message?: string;
  data?: { [key: string]: any };
  /** s since the Unix epoch. */
  timestamp?: number;
}

/** The cause of a breadcrumb, where the page has given it. */
export interface BreadcrumbHint {
  [key: string]: any;
}

/** An error or a message. */
export interface Event {
  event_id?: string;
  message?: string;
  /** s since the Unix epoch. */
  timestamp?: number;
  level?: SeverityLevel;
  platform?: string;
  logger?: string;
  release?: string;
  dist?: string;
  environment?: string;
  sdk?: { name?: string; version?: string };
  request?: { url?: string; method?: string; headers?: { [key: string]: string }; query_string?: unknown; data?: unknown; cookies?: Record<string, string> };
  transaction?: string;
  fingerprint?: string[];
  /** Causes and members of groups, and last the exception that was thrown. */
  exception?: { values?: Exception[] };
  breadcrumbs?: Breadcrumb[];
  contexts?: Contexts;
  tags?: { [key: string]: Primitive };
  extra?: Extras;
  user?: User;
  type?: "transaction" | "profile" | "replay_event" | "feedback" | undefined;
}

/** An event as `beforeSend` gets it. */
export interface ErrorEvent extends Event {
  type: undefined;
}

/** The value that an event was made of, and how it was met. */
export interface EventHint {
  event_id?: string;
  captureContext?: unknown;
  mechanism?: Partial<Mechanism>;
  syntheticException?: Error | null;
  originalException?: unknown;
  attachments?: unknown[];
  data?: any;
  integrations?: string[];
}

/** Changes an event, or refuses it by returning `null`. */
export type EventProcessor = ((event: Event, hint: EventHint) => Event | null | PromiseLike<Event | null>) & { id?: string };

/** A part that `init` sets up. */
export interface Integration {
  name: string;
  setupOnce?(): void;
  setup?(client: Client): void;
  afterAllSetup?(client: Client): void;
  preprocessEvent?(event: Event, hint: EventHint | undefined, client: Client): void;
  processEvent?(event: Event, hint: EventHint, client: Client): Event | null | PromiseLike<Event | null>;
}
