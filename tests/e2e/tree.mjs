// @ts-check
// Formats a trace for a terminal.

/** @typedef {import('./viewer.mjs').Span} Span */

/**
 * Returns a line per span: the tree on the left, service and duration on the right.
 * @param {Span[]} spans
 */
export function tree(spans) {
  const ids = new Set(spans.map((span) => span.span_id));
  /** @type {Map<string, Span[]>} */
  const children = new Map();
  for (const span of spans) {
    const parent = span.parent_span_id && ids.has(span.parent_span_id) ? span.parent_span_id : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  /** @type {string[]} */
  const lines = [];
  /** @param {string} parent @param {string} indent */
  const walk = (parent, indent) => {
    const list = (children.get(parent) ?? []).sort((a, b) =>
      a.start_unix_nano.padStart(20, '0') < b.start_unix_nano.padStart(20, '0') ? -1 : 1,
    );
    list.forEach((span, index) => {
      const last = index === list.length - 1;
      const branch = parent === '' ? '' : last ? '└─ ' : '├─ ';
      const title = `${indent}${branch}${span.name}`;
      lines.push(`${title.padEnd(56)} ${span.service.padEnd(14)} ${span.kind.padEnd(9)} ${duration(span).padStart(10)}`);
      walk(span.span_id, parent === '' ? indent : indent + (last ? '   ' : '│  '));
    });
  };
  walk('', '');
  return lines.join('\n');
}

/** @param {Span} span */
function duration(span) {
  const microseconds = Number((BigInt(span.end_unix_nano) - BigInt(span.start_unix_nano)) / 1000n);
  return microseconds < 1000 ? `${microseconds} µs` : `${(microseconds / 1000).toFixed(1)} ms`;
}
