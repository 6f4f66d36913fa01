// Records exceptions as events: with the data of scopes, and as `beforeSend` leaves them.

import { ofDocument } from "../core/platform.js";
import { typedOf } from "../reporting/lasting.js";
import { merged, takeApart, whileOwn } from "../reporting/own-attributes.js";
import type { Started } from "../reporting/page-client.js";
import { THROUGHLINE_EXCEPTION_BREADCRUMBS } from "../generated/semconv.js";
import { currentContent } from "./active.js";
import { eventAttributes, plainAttributes } from "./attributes.js";
import { addOwnBreadcrumb, breadcrumbsIn, breadcrumbsText } from "./breadcrumbs.js";
import { mergedContent, type ScopeContent } from "./content.js";
import type { Event } from "./event.js";
import { exceptionsOf, withEvent } from "./exception.js";
import { lastingNames } from "./lasting.js";
import { newId } from "./ids.js";
import { findPending, setLastEventId, type Pending } from "./pending.js";
import { processed } from "./process.js";
import { isOff } from "./handlers.js";
import { settings } from "./settings.js";
import { tellOfFixed } from "./fixed.js";

/** Records the exceptions of a client as events from here on. */
export function recordEvents(client: Started): void {
  const { shared } = client;
  takeApart(shared);
  const [, record] = shared;
  shared[1] = (fact, thrown) => {
    if (fact[0] != "E") return record(fact, thrown);
    const [, at, trace, span, , mechanism] = fact;
    if (isOff(mechanism)) return shared[2]("filtered", 1);
    const { id, data, hint } = findPending() ?? pendingOf(thrown);
    const isHandled = mechanism == "captureException" && hint.mechanism?.handled !== false;
    // What breadcrumbs and others have added for this record is a part of it.
    const [own] = shared;
    const event = eventOf(id, (performance.timeOrigin + (at as number) / 1000) / 1000, data);
    event.exception = { values: exceptionsOf(fact, isHandled) };
    event.contexts = { ...event.contexts, trace: { trace_id: trace, span_id: span } };
    event.level ??= "error";
    const crumbs = breadcrumbsIn(own);
    if (crumbs) event.breadcrumbs = crumbs;
    const check = tellOfFixed(event);
    processed(client, event, data, { ...hint, event_id: id, originalException: thrown }, (event) => {
      check(event);
      const changed = withEvent(fact, event, isHandled);
      const [kind, session] = shared[4]();
      const url = event.request?.url;
      whileOwn(client, ownOf(own, event, data), () => {
        if (url == location.href) record(changed, thrown);
        // Another address than that of the page is in no function but this one.
        else shared[5]([kind, session, url ?? "", shared[0]], ...changed);
      });
      addOwnBreadcrumb(event);
    });
  };
}

/** The parts of an event that do not depend on what happened. */
export function eventOf(id: string, timestamp: number, { user, tags, extra, contexts, fingerprint, level, transactionName }: ScopeContent): Event {
  const { release, environment } = settings.options;
  return {
    event_id: id,
    timestamp,
    platform: "javascript",
    ...(release && { release }),
    environment: environment ?? "production",
    request: { url: location.href, headers: { "User-Agent": navigator.userAgent, ...(ofDocument("referrer") && { Referer: ofDocument("referrer") }) } },
    sdk: { name: "throughline.javascript.browser", version: VERSION },
    user,
    tags,
    extra,
    contexts,
    ...(fingerprint[0] && { fingerprint }),
    ...(level && { level }),
    ...(transactionName && { transaction: transactionName }),
  };
}

/** The attributes of the record of an event, besides those that `own` has from others than scopes. */
export function ownOf(own: readonly string[], event: Event, { attributes }: ScopeContent): string[] {
  const others = own.filter((_, at) => !lastingNames.has(own[at & ~1]!));
  const plain = plainAttributes(attributes);
  const typed = Object.fromEntries(Object.keys(plain).map((name) => [name, typedOf(plain, name)]));
  return merged(merged(merged(others, typed), eventAttributes(event)), { [THROUGHLINE_EXCEPTION_BREADCRUMBS]: breadcrumbsText(event.breadcrumbs) });
}

/** An event that no call reports: a listener of the client has met the error. */
function pendingOf(thrown: unknown): Pending {
  return { id: setLastEventId(newId(thrown)), data: mergedContent(currentContent()), hint: {} };
}
