// Tests of the template: what CloudFormation would refuse, and what it deploys.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NAMES, code } from "../cloudfront/code.mjs";

const path = (name) => new URL(name, import.meta.url).pathname;
const guide = readFileSync(path("../../../docs/aws.md"), "utf8");
const template = readFileSync(path("../template.yaml"), "utf8");

test("cfn-lint finds nothing", () => {
  const { status, stdout, error } = spawnSync(path(".venv/bin/cfn-lint"), [path("../template.yaml")], { encoding: "utf8" });
  assert.ifError(error);
  assert.equal(stdout, "");
  assert.equal(status, 0);
});

test("the CloudFront Functions are those of their files: node cloudfront/write.mjs", () => {
  for (const name of NAMES) assert.ok(template.includes(`FunctionCode: |-\n        ${code(name)}\n`), name);
});

test("each parameter is described, and used", () => {
  const parameters = template.slice(template.indexOf("\nParameters:"), template.indexOf("\nConditions:"));
  const names = [...parameters.matchAll(/^ {2}(\w+):\n {4}Type: .+\n((?: {4}.+\n)*)/gm)];
  assert.ok(names.length >= 9);
  for (const [, name, rest] of names) {
    assert.match(rest, /Description: .{20}/, name);
    assert.ok(guide.includes(`| \`${name}\` |`), `docs/aws.md says nothing of ${name}`);
    assert.match(template, new RegExp(`!Ref ${name}\\b|\\$\\{${name}\\}`), name);
  }
});

test("the function takes the configuration that is deployed", () => {
  // In a process of its own: the function reads its configuration once.
  const text = template.match(/THROUGHLINE_CONFIG: \|\n((?: {12}.*\n|\n)+)/)[1].replaceAll(/^ {12}/gm, "");
  const secret = "0123456789abcdef01234567";
  const event = JSON.parse(readFileSync(path("events/url-get-cookies.json"), "utf8"));
  event.rawPath = "/_t/healthz";
  const invoke = (headers) => {
    const program = `
      import { handler } from ${JSON.stringify(path("../build/index.mjs"))};
      const context = { getRemainingTimeInMillis: () => 30000 };
      console.log(JSON.stringify(await handler(${JSON.stringify({ ...event, headers })}, context)));`;
    const variables = {
      SITE: "https://shop.example",
      INGEST_KEY: "pk_0123456789",
      BACKEND_URL: "https://otlp.example",
      BACKEND_AUTHORIZATION: "Bearer s3cret",
      ORIGIN_SECRET: secret,
      THROUGHLINE_CONFIG: text,
    };
    const node = ["--input-type=module", "--eval", program];
    return JSON.parse(execFileSync(process.execPath, node, { encoding: "utf8", env: variables, stdio: ["ignore", "pipe", "ignore"] }));
  };
  assert.equal(invoke({ "x-throughline-origin-secret": secret }).statusCode, 200);
  const refused = invoke({});
  assert.equal(refused.statusCode, 403);
  assert.match(refused.body, /x-throughline-origin-secret/);
});
