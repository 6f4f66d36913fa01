// @ts-check
// Export requests of a given size, as JSON.

/**
 * The telemetry of a request: `records` records, each with a text of `bytes` bytes; the last one alone is odd where
 * `beside` ordinary ones stand in front of it. `name_length` is that of the name of an attribute, `items` are those of one;
 * `odd` texts are longer in JSON. `ages_s` are those of records in turn.
 * @typedef {{ signal: "traces" | "logs" | "metrics", records?: number, bytes?: number, odd?: boolean, attributes?: number, name_length?: number, items?: number, resource_bytes?: number, age_s?: number, ages_s?: number[], temporality?: string, beside?: number }} Sent
 */

/** The body of a request, and how many records it has. @param {Sent} sent */
export function request(sent) {
  const { signal, beside = 0 } = sent;
  const groups = [group(sent)];
  for (let left = beside; left > 0; left--) groups.unshift(group({ signal, temporality: sent.temporality }));
  const body = JSON.stringify({ [RESOURCES[signal]]: groups });
  return { body, records: (sent.records ?? 1) + beside };
}

/** Records of one resource. @param {Sent} sent */
function group({ signal, records = 1, bytes = 0, odd = false, attributes = 0, name_length = 0, items = 0, resource_bytes = 0, age_s = 0, ages_s = [age_s], temporality = "delta" }) {
  const resource = [text("service.name", "shop")];
  if (resource_bytes > 0) resource.push(text("note", "x".repeat(resource_bytes)));
  const own = Array.from({ length: attributes }, (_, index) => text(`label.${index}`, "x"));
  if (bytes > 0 && signal !== "logs") own.push(text("note", "x".repeat(bytes)));
  if (name_length > 0) own.push(text("n".repeat(name_length), "x"));
  if (items > 0) own.push({ key: "items", value: { arrayValue: { values: Array.from({ length: items }, () => ({ stringValue: "x" })) } } });
  const now = BigInt(Date.now()) * 1_000_000n;
  const list = Array.from({ length: records }, (_, index) => {
    const age = BigInt(ages_s[index % ages_s.length] ?? 0) * 1_000_000_000n;
    const time = `${now - age + BigInt(index)}`;
    switch (signal) {
      case "traces":
        return {
          traceId: hex(32),
          spanId: hex(16),
          name: "GET /basket",
          kind: 2,
          startTimeUnixNano: time,
          endTimeUnixNano: `${BigInt(time) + 1_000_000n}`,
          attributes: [text("http.request.method", "GET"), ...own],
        };
      case "logs":
        return { timeUnixNano: time, severityNumber: 9, body: { stringValue: (odd ? '"' : "x").repeat(Math.max(bytes, 1)) }, attributes: own };
      case "metrics":
        return {
          ...{ startTimeUnixNano: time, timeUnixNano: time, count: "1", sum: 1, bucketCounts: ["1"], explicitBounds: [], attributes: own },
          ...(bytes > 0 && { exemplars: [{ timeUnixNano: time, asDouble: 1, filteredAttributes: [text("note", "x".repeat(bytes))] }] }),
        };
    }
  });
  const scope = { scope: { name: "test" } };
  const aggregationTemporality = temporality === "delta" ? 1 : 2;
  /** @type {Record<string, unknown[]>} */
  const scopes = {
    traces: [{ ...scope, spans: list }],
    logs: [{ ...scope, logRecords: list }],
    metrics: [{ ...scope, metrics: [{ name: "orders", histogram: { aggregationTemporality, dataPoints: list } }] }],
  };
  return { resource: { attributes: resource }, [SCOPES[signal]]: scopes[signal] };
}

/** An attribute. @param {string} key @param {string} stringValue @returns {{ key: string, value: object }} */
const text = (key, stringValue) => ({ key, value: { stringValue } });

/** @param {number} digits */
function hex(digits) {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2));
  return Buffer.from(bytes).toString("hex");
}

const RESOURCES = { traces: "resourceSpans", logs: "resourceLogs", metrics: "resourceMetrics" };
const SCOPES = { traces: "scopeSpans", logs: "scopeLogs", metrics: "scopeMetrics" };
