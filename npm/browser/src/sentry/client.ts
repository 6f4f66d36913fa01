// The client that `init` and `getClient` return.

import { shutdown } from "../control/shutdown.js";
import { findStarted } from "../control/started.js";
import { captureEvent, captureException, captureMessage } from "./api.js";
import type { Event, EventHint, EventProcessor, Integration, SeverityLevel } from "./event.js";
import { getGlobalScope } from "./current.js";
import type { BrowserOptions } from "./options.js";
import { release } from "./sent-spans/transactions.js";
import { settings } from "./settings.js";

/** The part of Sentry's client that is there. */
export interface Client {
  getOptions(): BrowserOptions;
  /** Sends what waits; resolves with whether that was accepted or dropped in time (ms). */
  flush(timeout?: number): PromiseLike<boolean>;
  /** Sends what waits, and records nothing from here on. */
  close(timeout?: number): PromiseLike<boolean>;
  captureException(exception: unknown, hint?: EventHint): string;
  captureMessage(message: string, level?: SeverityLevel, hint?: EventHint): string;
  captureEvent(event: Event, hint?: EventHint): string;
  addEventProcessor(processor: EventProcessor): void;
  getIntegrationByName<T extends Integration = Integration>(name: string): T | undefined;
  /** Calls nothing: there are no hooks. Returns a function that does nothing. */
  on(hook: string, callback: unknown): () => void;
}

/** Makes the client of these options. */
export const makeClient = (): Client => ({
  getOptions: () => settings.options,
  flush,
  close,
  captureException: (exception, hint) => captureException(exception, hint),
  captureMessage: (message, level) => captureMessage(message, level),
  captureEvent: (event, hint) => captureEvent(event, hint),
  addEventProcessor: (processor) => void getGlobalScope().addEventProcessor(processor),
  getIntegrationByName: <T extends Integration>(name: string) => settings.integrations.find((one) => one.name == name) as T | undefined,
  on: () => () => {},
});

/** Returns the client, once `init` was called. */
export const getClient = (): Client | undefined => settings.client;
/** Whether `init` was called. */
export const isInitialized = (): boolean => !!settings.client;
/** Whether the page records. */
export const isEnabled = (): boolean => !!settings.client && !!findStarted();

/** Sends what waits; resolves with whether that was accepted or dropped in time (ms). */
export function flush(timeout?: number): Promise<boolean> {
  release();
  return inTime(timeout, findStarted()?.flush());
}

/** Sends what waits, and records nothing from here on. */
export const close = (timeout?: number): Promise<boolean> => inTime(timeout, shutdown());

const inTime = (timeout: number | undefined, work: Promise<void> | undefined): Promise<boolean> =>
  Promise.race([
    Promise.resolve(work).then(() => true),
    ...(timeout ? [new Promise<boolean>((resolve) => setTimeout(() => resolve(false), timeout))] : []),
  ]);
