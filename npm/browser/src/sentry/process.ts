// The way of an event to its record: rules, event processors, `beforeSend`.

import type { Started } from "../reporting/page-client.js";
import type { ScopeContent } from "./content.js";
import type { ErrorEvent, Event, EventHint } from "./event.js";
import { isRefused } from "./rules.js";
import { settings } from "./settings.js";
import { tell } from "./told.js";

type Step = (event: Event, hint: EventHint) => Event | null | void | PromiseLike<Event | null>;

/**
 * Calls `record` with the event as it is sent, at once, or when a processor's promise is settled. One that is
 * refused is counted; so is what is reported meanwhile, which would come back here without end, and an event for
 * which a processor throws: it may be the one that must not leave the page.
 */
export function processed({ shared }: Started, event: Event, data: ScopeContent, hint: EventHint, record: (event: Event) => void): void {
  const refuse = (): void => shared[2]("filtered", 1);
  if (isProcessing) return refuse();
  const { options, integrations, client } = settings;
  const { sampleRate, beforeSend } = options;
  if (typeof sampleRate == "number" && Math.random() >= sampleRate) return refuse();
  if (isRefused(event)) return refuse();
  const steps: Step[] = [
    ...integrations.flatMap((one): Step[] => [
      ...(one.preprocessEvent ? [(event: Event, hint: EventHint) => (one.preprocessEvent!(event, hint, client!), event)] : []),
      ...(one.processEvent ? [(event: Event, hint: EventHint) => one.processEvent!(event, hint, client!)] : []),
    ]),
    ...data.eventProcessors,
    ...(beforeSend ? [(event: Event, hint: EventHint) => beforeSend(event as ErrorEvent, hint)] : []),
  ];
  const run = (given: Event, at: number): void => {
    let returned: ReturnType<Step> = given;
    isProcessing = true;
    try {
      for (; at < steps.length && returned; at++) {
        returned = steps[at]!(returned as Event, hint);
        if (typeof (returned as PromiseLike<unknown> | null)?.then == "function") break;
      }
    } catch (reason) {
      returned = failed(reason);
    } finally {
      isProcessing = false;
    }
    if (!returned) refuse();
    else if (typeof (returned as PromiseLike<Event | null>).then == "function")
      (returned as PromiseLike<Event | null>).then(
        (event) => (event ? run(event, at + 1) : refuse()),
        (reason: unknown) => {
          failed(reason);
          refuse();
        },
      );
    else
      try {
        record(returned as Event);
      } catch {
        // Telemetry has ended meanwhile.
      }
  };
  run(event, 0);
}

function failed(reason: unknown): null {
  if (DEVELOPMENT) tell(`\`beforeSend\` or an event processor has thrown, the event is dropped: ${reason}`);
  return null;
}

let isProcessing = false;
