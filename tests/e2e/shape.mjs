// @ts-check
// Compares a trace with the one that a case expects.

/** @typedef {import('./viewer.mjs').Span} Span */
/** @typedef {import('./viewer.mjs').Trace} Trace */
/**
 * @typedef {{ role: string, root?: boolean, parent?: string, within?: string, service?: string,
 *   kind?: string, name?: string, attributes?: Record<string, unknown> }} ExpectedSpan
 * @typedef {{ spans: ExpectedSpan[],
 *   linked: ExpectedSpan & { links: string }, logs: string[] }} Expected
 */

/**
 * Returns the spans by role, and a sentence for each that is missing.
 * @param {Trace} trace
 * @param {Expected} expected
 */
export function match(trace, expected) {
  /** @type {Map<string, Span>} */
  const found = new Map();
  /** @type {string[]} */
  const missing = [];
  for (const wanted of expected.spans) {
    const span = trace.spans.find(
      (span) => stands(span, wanted, found, trace) && looks(span, wanted),
    );
    if (span) found.set(wanted.role, span);
    else missing.push(`no ${wanted.role} (${describe(wanted)})`);
  }
  return { found, missing };
}

/** Whether a span has the expected service, kind, name and attributes.
 * @param {Span} span @param {ExpectedSpan} wanted */
export function looks(span, wanted) {
  return (
    (wanted.service === undefined || span.service === wanted.service) &&
    (wanted.kind === undefined || span.kind === wanted.kind) &&
    (wanted.name === undefined || expression(wanted.name).test(span.name)) &&
    Object.entries(wanted.attributes ?? {}).every(([key, value]) =>
      agrees(span.attributes[key], value),
    )
  );
}

/** Whether a span has the expected place in the tree.
 * @param {Span} span @param {ExpectedSpan} wanted @param {Map<string, Span>} found @param {Trace} trace */
function stands(span, wanted, found, trace) {
  if (wanted.root) return !span.parent_span_id;
  if (wanted.parent) return span.parent_span_id === found.get(wanted.parent)?.span_id;
  if (wanted.within) {
    const ancestor = found.get(wanted.within);
    return ancestor !== undefined && ancestors(span, trace).includes(ancestor.span_id);
  }
  return true;
}

/** @param {Span} span @param {Trace} trace */
function ancestors(span, trace) {
  const byId = new Map(trace.spans.map((span) => [span.span_id, span]));
  const ids = [];
  let next = byId.get(span.parent_span_id ?? '');
  // A cycle in a broken trace must not hang the test.
  while (next && !ids.includes(next.span_id)) {
    ids.push(next.span_id);
    next = byId.get(next.parent_span_id ?? '');
  }
  return ids;
}

/** Whether an attribute matches: a string is a regular expression, other values are equal.
 * @param {unknown} actual @param {unknown} wanted */
function agrees(actual, wanted) {
  if (typeof wanted === 'string' && typeof actual === 'string') {
    return actual === wanted || expression(wanted).test(actual);
  }
  return actual === wanted || Number(actual) === wanted;
}

/** @param {string} source */
function expression(source) {
  return source.startsWith('(?i)') ? new RegExp(source.slice(4), 'i') : new RegExp(source);
}

/** @param {ExpectedSpan} wanted */
function describe(wanted) {
  const where = wanted.parent ? `child of ${wanted.parent}` : wanted.within ? `within ${wanted.within}` : 'root';
  const attributes = Object.entries(wanted.attributes ?? {}).map(([key, value]) => `${key}=${value}`);
  return [where, wanted.service, wanted.kind, wanted.name, ...attributes].filter(Boolean).join(', ');
}
