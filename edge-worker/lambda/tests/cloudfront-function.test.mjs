// Tests of the CloudFront Functions, in an engine without what their runtime does not have.
import assert from "node:assert/strict";
import nodeCrypto from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { NAMES, code, minified } from "../cloudfront/code.mjs";

const event = (name) => JSON.parse(readFileSync(new URL(`events/${name}.json`, import.meta.url), "utf8"));

/** Runs the deployed code of a function: no network, no timers, no clock that moves, no eval. */
function run(name, given) {
  const modules = { crypto: { createHash: nodeCrypto.createHash } };
  const globals = {
    require: (module) => modules[module] ?? assert.fail(`${module} is no module of CloudFront's runtime`),
    event: structuredClone(given),
  };
  const context = vm.createContext(globals, { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(code(name), context, { timeout: 1000 });
  return vm.runInContext("handler(event)", context, { timeout: 1000 });
}

function stamped(headers, given = event("viewer-request")) {
  for (const [name, value] of Object.entries(headers)) given.request.headers[name] = { value };
  return run("stamp", given).headers;
}

const OWN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NEW = /^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/;

test("a function is at most 10 KB", () => {
  for (const name of NAMES) assert.ok(Buffer.byteLength(code(name)) <= 10_240, name);
});

test("syntax that CloudFront may not have is refused", () => {
  assert.equal(minified("var a = 1; // one"), "var a=1;");
  for (const newer of ["const a = 1;", "let a;", "class A {}", "for (a of b) {}", "async function a() {}"]) {
    assert.throws(() => minified(newer), /es5/, newer);
  }
});

test("a request without a trace gets one, and each another", () => {
  const [one, other] = [stamped({}).traceparent.value, stamped({}).traceparent.value];
  assert.match(one, NEW);
  assert.notEqual(one, other);
});

test("the trace of a page of the site goes on", () => {
  for (const site of ["same-origin", "same-site"]) {
    const headers = stamped({ traceparent: OWN, tracestate: "ot=th:8", "sec-fetch-site": site });
    assert.equal(headers.traceparent.value, OWN);
    assert.equal(headers.tracestate.value, "ot=th:8");
  }
});

test("the trace of anybody else is replaced, with its state", () => {
  for (const site of [{}, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "none" }]) {
    const headers = stamped({ traceparent: OWN, tracestate: "ot=th:8", ...site });
    assert.match(headers.traceparent.value, NEW);
    assert.ok(!headers.traceparent.value.includes(OWN.slice(3, 35)));
    assert.equal(headers.tracestate, undefined);
  }
});

test("a traceparent that is invalid is replaced", () => {
  const zeros = (count) => "0".repeat(count);
  for (const traceparent of [
    "",
    OWN.slice(0, -1),
    `${OWN}-more`,
    OWN.toUpperCase(),
    OWN.replace("00-", "ff-"),
    `00-${zeros(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${zeros(16)}-01`,
  ]) {
    assert.match(stamped({ traceparent, "sec-fetch-site": "same-origin" }).traceparent.value, NEW, traceparent);
  }
  const later = `${OWN.replace("00-", "cc-")}-more`;
  assert.equal(stamped({ traceparent: later, "sec-fetch-site": "same-origin" }).traceparent.value, later);
});

test("of two traceparents neither goes on", () => {
  const given = event("viewer-request");
  given.request.headers.traceparent = { value: OWN, multiValue: [{ value: OWN }, { value: OWN }] };
  assert.match(stamped({ "sec-fetch-site": "same-origin" }, given).traceparent.value, NEW);
});

test("the type of telemetry is hidden from Lambda, and the client's address is CloudFront's", () => {
  const given = event("viewer-request");
  Object.assign(given.request.headers, {
    "content-type": { value: "text/plain" },
    "x-throughline-viewer-address": { value: "192.0.2.66" },
    "x-throughline-content-type": { value: "application/json" },
  });
  const { headers } = run("ingest", given);
  assert.equal(headers["content-type"].value, "application/octet-stream");
  assert.equal(headers["x-throughline-content-type"].value, "text/plain");
  assert.equal(headers["x-throughline-viewer-address"].value, given.viewer.ip);
});

test("without a type there is none to hide, and none is believed", () => {
  const given = event("viewer-request");
  given.request.headers["x-throughline-content-type"] = { value: "application/json" };
  const { headers } = run("ingest", given);
  assert.equal(headers["x-throughline-content-type"], undefined);
  assert.equal(headers["content-type"], undefined);
});
