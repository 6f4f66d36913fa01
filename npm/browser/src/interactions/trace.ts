// Records keys that do something and submissions of forms, and names clicks.

import type { CurrentSpan } from "../context/current-span.js";
import type { Interaction } from "../context/interaction.js";
import { micros } from "../core/clock.js";
import { ofDocument, setTimeout } from "../core/platform.js";
import type { ContextFact, Fact } from "../generated/facts.js";
import { BROWSER_MOUSE_EVENT_BUTTON, THROUGHLINE_INTERACTION_KEY } from "../generated/semconv.js";
import { beforeStop, LEAVING, onShutdown, onWindow, whenStarted, type Started } from "../control/started.js";
import { startActivity, type Activity } from "../tracing/activity.js";
import { makeAttributes } from "../tracing/attributes.js";
import { keyOf } from "./keys.js";
import type { InteractionOptions } from "./options.js";
import { slowestKey } from "./slowest-key.js";
import { targetOf, type Target } from "./target.js";
import { INTERACTIONS } from "../context/places.js";

/**
 * Records keys that do something and submissions of forms as spans, the parents of what they cause, and names
 * interactions by role and label. Returns the function that undoes it. Another call while it holds changes nothing.
 */
export const traceInteractions = (options: InteractionOptions = {}): (() => void) =>
  whenStarted((client) => (client.shared[INTERACTIONS] ? undefined : onShutdown(trace(client, options))));

function trace({ shared }: Started, { keys = true, forms = true, accessibleNames }: InteractionOptions): () => void {
  const stops: (() => void)[] = [];
  /** The last interaction of this part, and what was open before it. */
  let last: { activity: Activity; before: Interaction | undefined; isInferred: boolean; isUsed: boolean } | undefined;
  const open = new Set<Activity>();
  /** Elements that were clicked, by the id of the click's span. */
  const clicked = new Map<string, Target>();

  const before = shared[CURRENT];
  const current = (): CurrentSpan => {
    const now = before();
    if (!last?.activity.isOpen() || (now[1] && now[1] != last.before)) return now;
    last.isUsed = true;
    return [last.activity.context, last.activity.interaction, last.isInferred ? 1 : undefined];
  };
  const notify = shared[NOTIFY];
  const keyOfVital = slowestKey();
  const naming = (fact: Fact, place: ContextFact): void => {
    keyOfVital.see(fact);
    const target = fact[0] == "I" && clicked.get(fact[4] as string);
    if (target) {
      clicked.delete(fact[4] as string);
      const [, start, end, trace, span, flags, parent, , button] = fact as unknown as unknown[];
      const values = makeAttributes(ATTRIBUTES);
      values.set({ ...Object.fromEntries(target.attributes.filter(([, value]) => value)), [BROWSER_MOUSE_EVENT_BUTTON]: button });
      // The same span, with a name of its own.
      const named = ["P", start, end, trace, span, flags, parent, `click ${target.name}`, ...values.write()];
      (fact as unknown as unknown[]).splice(0, Infinity, ...named);
    }
    notify(fact, place);
  };
  shared[CURRENT] = current;
  shared[NOTIFY] = naming;
  shared[INTERACTIONS] = true;

  const begin = (event: Event, name: string, values: readonly (readonly [string, string])[], isAlways: boolean): void => {
    const [parent, cause] = isAlways ? shared[CURRENT]() : [];
    const place = shared[4]();
    const one = { before: before()[1], isInferred: false, isUsed: isAlways, activity: undefined as unknown as Activity };
    one.activity = startActivity(cause && parent, cause, event.timeStamp, (end) => {
      open.delete(one.activity);
      if (!one.isUsed && !event.defaultPrevented) return;
      const attributes = makeAttributes(ATTRIBUTES);
      attributes.set(Object.fromEntries(values.filter(([, value]) => value)));
      if (event.type == "keydown") keyOfVital.add(event.timeStamp, one.activity.context);
      shared[5](place, "P", micros(event.timeStamp), micros(end), ...one.activity.context, cause && parent?.[1], name, ...attributes.write());
    });
    open.add(one.activity);
    last = one;
    one.activity.count(1);
    // Once the handlers have run.
    setTimeout(() => {
      one.isInferred = true;
      one.activity.count(-1);
    });
  };
  /** Listens before the page does. */
  const on = (type: string, listener: (event: never) => void): void => {
    const guarded = (event: Event): void => {
      try {
        if (event.isTrusted) listener(event as never);
      } catch {
        // One interaction is lost. The page continues.
      }
    };
    stops.push(onWindow([type], guarded));
  };
  on("click", (event: MouseEvent) => {
    const target = targetOf(event.composedPath(), accessibleNames);
    const [span] = before();
    if (!span || !target.name) return;
    clicked.set(span[1], target);
    if (clicked.size > MOST) clicked.delete(clicked.keys().next().value!);
  });
  if (keys)
    on("keydown", (event: KeyboardEvent) => {
      const path = event.composedPath();
      const key = keyOf(event, path);
      const { name, attributes } = targetOf(path, accessibleNames);
      if (key) begin(event, `key ${key} ${name}`, [...attributes, [THROUGHLINE_INTERACTION_KEY, key]], false);
    });
  if (forms)
    on("submit", (event: SubmitEvent) => {
      const { name, attributes } = targetOf(event.composedPath(), accessibleNames);
      begin(event, `submit ${name}`, attributes, true);
    });
  const finishAll = (): void => open.forEach((one) => one.finish());
  const leave = ({ type }: Event): unknown => (type == "pagehide" || ofDocument("visibilityState") == "hidden") && finishAll();
  stops.push(onWindow(LEAVING, leave));

  const forget = beforeStop(shared, finishAll);

  return () => {
    forget();
    finishAll();
    last = undefined;
    stops.forEach((stop) => stop());
    clicked.clear();
    shared[INTERACTIONS] = undefined;
    if (shared[CURRENT] == current) shared[CURRENT] = before;
    if (shared[NOTIFY] == naming) shared[NOTIFY] = notify;
  };
}

/** Places in `shared`: of the open span, and of the function that sees each fact. */
const CURRENT = 3;
const NOTIFY = 6;
/** The number of the field: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const ATTRIBUTES = 9;
/** Clicks that are open at the same time. */
const MOST = 50;
