// @ts-check
// Reads events, spans and log records as a person would notice them, whichever package has sent them.

/**
 * @typedef {{
 *   envelopes: { type: string, payload: any }[],
 *   spans: import("../browser/otlp.mjs").Span[], logs: import("../browser/otlp.mjs").LogRecord[], noted: unknown[],
 * }} Sent
 * @typedef {Record<string, string>} Texts
 * @typedef {{ category: string, message?: string, level?: string, data?: Texts }} Crumb
 * @typedef {{
 *   type?: string, message: string, level: string, handled?: boolean, causes?: string[], tags?: Texts, user?: Texts, extra?: Texts,
 *   contexts?: Record<string, Texts>, fingerprint?: string[], transaction?: string, breadcrumbs?: Crumb[], components?: boolean,
 * }} Noticed
 */

/** @param {Sent} sent */
export const noticedOfSentry = ({ envelopes, noted }) => ({
  noted,
  events: sorted(envelopes.filter(({ type }) => type === "event").map(({ payload }) => eventOfSentry(payload))),
  spans: tree([...envelopes.filter(({ type }) => type === "span").flatMap(({ payload }) => payload.items.map(spanOfSentry)), ...envelopes.filter(({ type }) => type === "transaction").flatMap(({ payload }) => spansOfTransaction(payload))], ({ op = "" }) => /^pageload$/.test(op)),
  logs: envelopes.filter(({ type }) => type === "log").flatMap(({ payload }) => payload.items.map(logOfSentry)),
});

/** @param {Sent} sent */
export const noticedOfOurs = ({ spans, logs, noted }) => ({
  noted,
  events: sorted(logs.filter(({ attributes }) => attributes["sentry.event_id"]).map(eventOfOurs)),
  spans: tree(spans.map(spanOfOurs), ({ name }) => name === "documentLoad"),
  logs: logs.filter(({ name, attributes }) => !name && !attributes["sentry.event_id"]).map(logOfOurs),
});

/** Events in an order of their own: a batch has exceptions last. @param {Noticed[]} events */
const sorted = (events) => events.sort((a, b) => (JSON.stringify([a.message, a.breadcrumbs]) < JSON.stringify([b.message, b.breadcrumbs]) ? -1 : 1));

/** @param {any} event @returns {Noticed} */
function eventOfSentry({ exception, message, level, tags, user, extra, contexts: given, fingerprint, transaction, breadcrumbs }) {
  const contexts = Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => !["trace", "culture", "react"].includes(name)));
  /** @type {any[]} */
  const [...values] = exception?.values ?? [];
  // A message has a stack, as an exception without a type.
  const thrown = message === undefined ? values.pop() : undefined;
  // The stack of components is one of the causes.
  const causes = values.reverse().filter(({ type }) => !/^React ErrorBoundary/.test(type));
  return compact({
    ...(thrown && { type: thrown.type, handled: thrown.mechanism.handled, causes: causes.map(({ type, value }) => `${type}: ${value}`) }),
    message: thrown?.value ?? message,
    level: thrown ? level : levelOf(level),
    tags: texts(tags),
    user: texts(user),
    // The arguments of a timer's function.
    extra: texts({ ...extra, arguments: undefined }),
    contexts: Object.fromEntries(Object.entries(contexts).map(([name, context]) => [name, texts(context)])),
    fingerprint,
    // That of the page's load is its path; ours have it as an attribute of the document.
    transaction: transaction === "/" ? undefined : transaction,
    // Of messages ours have none.
    ...(thrown && { breadcrumbs: (breadcrumbs ?? []).map(crumb) }),
    components: values.length > causes.length || undefined,
  });
}

/** @param {import("../browser/otlp.mjs").LogRecord} record @returns {Noticed} */
function eventOfOurs({ name, body, severity, attributes }) {
  const { "throughline.exception.causes": causes, "throughline.exception.breadcrumbs": breadcrumbs, "sentry.fingerprint": fingerprint } = attributes;
  const isThrown = name === "exception";
  /** @param {RegExp} form */
  const those = (form) => Object.fromEntries(Object.entries(attributes).flatMap(([name, value]) => (form.test(name) ? [[name.replace(form, "$1"), String(value)]] : [])));
  /** @type {Record<string, Texts>} */
  const contexts = {};
  for (const [name, value] of Object.entries(those(/^app\.(?!extra\.|user\.)([^.]+\..+)$/))) {
    const [context = "", ...member] = name.split(".");
    (contexts[context] ??= {})[member.join(".")] = value;
  }
  const { "user.name": username, ...user } = those(/^(user\..+)$/);
  return compact({
    ...(isThrown && {
      type: attributes["exception.type"],
      handled: attributes["throughline.exception.handled"],
      causes: (causes ?? []).map((/** @type {any} */ { type, message }) => `${type}: ${message}`),
    }),
    message: isThrown ? attributes["exception.message"] : Object.values(body ?? {})[0],
    level: LEVELS[severity] ?? `${severity}`,
    tags: those(/^app\.([^.]+)$/),
    user: { ...Object.fromEntries(Object.entries(user).map(([name, value]) => [name.slice(5), value])), ...(username && { username }) },
    extra: those(/^app\.extra\.(.+)$/),
    contexts,
    fingerprint: fingerprint && JSON.parse(fingerprint),
    transaction: attributes["sentry.transaction"],
    ...(isThrown && { breadcrumbs: JSON.parse(breadcrumbs ?? "[]").map(crumb) }),
    components: !!attributes["throughline.exception.component_stack"] || undefined,
  });
}

/** @param {any} breadcrumb @returns {Crumb} */
function crumb({ category = "default", message, level, data = {} }) {
  const { arguments: _, logger, __span, request_body_size, response_body_size, ...others } = data;
  // Addresses are whole in ours, and an element has its id alone.
  const address = (/** @type {unknown} */ text) => String(text).replace(/^http:\/\/[^/]+/, "");
  const isRequest = others.url !== undefined;
  return compact({
    category,
    message: isRequest || others.to !== undefined || !message ? undefined : message.replace(/^.* > |^React ErrorBoundary |\[.*\]$/g, ""),
    // A response of the page's own needs none.
    level: level === "log" ? undefined : level,
    data: texts(Object.fromEntries(Object.entries(others).map(([name, value]) => [name, ["url", "from", "to"].includes(name) ? address(value) : value]))),
  });
}

/** @typedef {{ id: string, parent: string | undefined, trace: string, name: string, op: string | undefined, failed: boolean, attributes: Texts }} Plain */

/** @param {any} span @returns {Plain} */
function spanOfSentry({ span_id, parent_span_id, trace_id, name, status, attributes }) {
  const values = Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]));
  return plain({ id: span_id, parent: parent_span_id, trace: trace_id, name, failed: status === "error", attributes: values });
}

/** The spans of a transaction, which the static lifecycle sends. @param {any} transaction @returns {Plain[]} */
const spansOfTransaction = ({ contexts: { trace }, transaction, spans }) =>
  [{ ...trace, description: transaction }, ...spans].map(({ span_id, parent_span_id, trace_id, description, op, status, data }) =>
    plain({ id: span_id, parent: parent_span_id, trace: trace_id, name: description, failed: status !== "ok", attributes: { ...data, "sentry.op": op } }),
  );

/** @param {import("../browser/otlp.mjs").Span} span @returns {Plain} */
const spanOfOurs = ({ spanId, parentSpanId, traceId, name, status, attributes }) => plain({ id: spanId, parent: parentSpanId, trace: traceId, name, failed: status?.code === 2, attributes });

/** @param {Omit<Plain, "op">} span @returns {Plain} */
function plain({ attributes, name, ...span }) {
  const url = attributes["url.full"] ?? attributes["http.url"] ?? attributes["url"];
  const isRequest = attributes["http.request.method"] !== undefined || attributes["http.method"] !== undefined;
  const own = Object.fromEntries(Object.entries(attributes).filter(([name]) => ["items", "coupon", "rate", "paid"].includes(name)));
  const { "sentry.op": op } = attributes;
  // Ours are named by OpenTelemetry's form of templates.
  if (op === "navigation") return { ...span, parent: undefined, name: `navigation ${name.replace(/[:$](\w+)/g, "{$1}")}`, op: undefined, attributes: {} };
  if (name.startsWith("navigation ")) return { ...span, parent: undefined, name, op: undefined, attributes: {} };
  // As the packages name it themselves: with the host, the address or nothing behind the method.
  const isNamed = /^[A-Z]+( https?:\S*| [\w.:-]+)?$/.test(name);
  return { ...span, name: isRequest && url && isNamed ? `request ${new URL(url, "http://shop").pathname}` : name, op: isRequest ? undefined : attributes["sentry.op"], attributes: texts(own) };
}

/**
 * Spans by name, with the names of their parents. Of what the packages record themselves requests are compared.
 * @param {Plain[]} spans @param {(span: Plain) => boolean} isLoad
 */
function tree(spans, isLoad) {
  const names = new Map(spans.map((span) => [span.id, isLoad(span) ? "load" : span.name]));
  const own = spans.filter((span) => !isLoad(span) && !/^(resource|browser|paint|mark|measure|ui\.(long|interaction|webvital))/.test(span.op ?? "") && !/^click /.test(span.name));
  const all = own.map(({ name, parent, op, failed, attributes }) =>
    compact({ name, parent: parent && (names.get(parent) ?? (parent === "7c51afd529da4a2a" ? "header" : undefined)), op, failed: failed || undefined, attributes }),
  );
  return all.sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
}

/** @param {any} log */
function logOfSentry({ level, body, attributes }) {
  const values = Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]));
  return { level, body, attributes: ofLog(values) };
}

/** @param {import("../browser/otlp.mjs").LogRecord} record */
const logOfOurs = ({ severity, body, attributes }) => ({ level: SEVERITIES[severity], body: Object.values(body ?? {})[0], attributes: ofLog(attributes) });

/** @param {Record<string, unknown>} attributes */
const ofLog = (attributes) => Object.fromEntries(Object.entries(attributes).filter(([name]) => /^[a-z]+$|^sentry\.message/.test(name)).sort());

/** Values as text. @param {any} values @returns {Texts} */
const texts = (values) =>
  Object.fromEntries(
    Object.entries(values ?? {})
      .filter(([, value]) => value != null && value !== "")
      .map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)])
      .sort(),
  );

/** Without what is empty. @template {Record<string, unknown>} T @param {T} value @returns {T} */
const compact = (value) => /** @type {T} */ (Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && !(typeof one === "object" && one && Object.keys(one).length === 0))));

/** @param {string} level */
const levelOf = (level) => (level === "log" ? "info" : level);
/** @type {Record<number, string>} */
const LEVELS = { 5: "debug", 9: "info", 13: "warning", 17: "error", 21: "fatal" };
/** @type {Record<number, string>} */
const SEVERITIES = { 1: "trace", 5: "debug", 9: "info", 13: "warn", 17: "error", 21: "fatal" };
