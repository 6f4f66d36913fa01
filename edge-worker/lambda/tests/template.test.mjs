// Tests of the template: what CloudFormation would refuse, and what it deploys.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NAMES, code } from "../cloudfront/code.mjs";

const path = (name) => new URL(name, import.meta.url).pathname;
const guide = readFileSync(path("../../../docs/aws.md"), "utf8");
const template = readFileSync(path("../template.yaml"), "utf8");
const atEdge = readFileSync(path("../at-edge.yaml"), "utf8");

test("cfn-lint finds nothing", () => {
  const files = [path("../template.yaml"), path("../at-edge.yaml")];
  const { status, stdout, error } = spawnSync(path(".venv/bin/cfn-lint"), files, { encoding: "utf8" });
  assert.ifError(error);
  assert.equal(stdout, "");
  assert.equal(status, 0);
});

test("the CloudFront Functions are those of their files: node cloudfront/write.mjs", () => {
  for (const name of NAMES) assert.ok(template.includes(`FunctionCode: |-\n        ${code(name)}\n`), name);
});

for (const [file, text, least] of [["template.yaml", template, 15], ["at-edge.yaml", atEdge, 1]]) {
  test(`each parameter of ${file} is described, and used`, () => {
    const parameters = text.slice(text.indexOf("\nParameters:"), text.indexOf("\nConditions:"));
    const names = [...parameters.matchAll(/^ {2}(\w+):\n {4}Type: .+\n((?: {4}.+\n)*)/gm)];
    assert.ok(names.length >= least);
    for (const [, name, rest] of names) {
      assert.match(rest, /Description: .{20}/, name);
      assert.ok(guide.includes(`| \`${name}\` |`), `docs/aws.md says nothing of ${name}`);
      assert.match(text, new RegExp(`!Ref ${name}\\b|\\$\\{${name}\\}`), name);
    }
  });
}

test("the versions of at-edge.yaml are parameters of template.yaml", () => {
  for (const name of ["OriginRequestVersion", "OriginResponseVersion"]) {
    assert.match(atEdge, new RegExp(`^Outputs:[^]*^  ${name}:`, "m"));
    assert.match(template, new RegExp(`^Parameters:[^]*^  ${name}:[^]*^Conditions:`, "m"));
  }
});

test("each alarm is in the guide", () => {
  const alarms = [...template.matchAll(/^ {2}(\w+):\n {4}Type: AWS::CloudWatch::Alarm/gm)];
  assert.ok(alarms.length >= 8);
  for (const [, name] of alarms) assert.ok(guide.includes(`| \`${name}\` |`), `docs/aws.md says nothing of ${name}`);
});

test("Lambda waits for a message as long as it says that a queue has to hide it", () => {
  const consumer = template.slice(template.indexOf("\n  Consumer:\n"));
  const [, timeout] = /^ {6}Timeout: (\d+)/m.exec(consumer);
  const [, hidden] = /VisibilityTimeout: (\d+)/.exec(template);
  assert.equal(Number(hidden), 6 * Number(timeout));
});

test("both functions take the configuration that is deployed", () => {
  // In processes of their own: a function reads its configuration once.
  const text = template.match(/THROUGHLINE_CONFIG: \|\n((?: {10}.*\n|\n)+)/)[1].replaceAll(/^ {10}/gm, "");
  const secret = "0123456789abcdef01234567";
  const event = JSON.parse(readFileSync(path("events/url-get-cookies.json"), "utf8"));
  event.rawPath = "/_t/healthz";
  const invoke = (handler, given) => {
    const program = `
      import { ${handler} } from ${JSON.stringify(path("../build/index.mjs"))};
      const context = { getRemainingTimeInMillis: () => 30000 };
      console.log(JSON.stringify(await ${handler}(${JSON.stringify(given)}, context)));`;
    const variables = {
      SITE: "https://shop.example",
      INGEST_KEY: "pk_0123456789",
      BACKEND_URL: "https://otlp.example",
      BACKEND_AUTHORIZATION: "Bearer s3cret",
      ORIGIN_SECRET: secret,
      QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/123456789012/queue",
      BUCKET: "a-bucket-1",
      AWS_REGION: "eu-west-1",
      THROUGHLINE_CONFIG: text,
    };
    const node = ["--input-type=module", "--eval", program];
    return JSON.parse(execFileSync(process.execPath, node, { encoding: "utf8", env: variables, stdio: ["ignore", "pipe", "ignore"] }));
  };
  assert.equal(invoke("handler", { ...event, headers: { "x-throughline-origin-secret": secret } }).statusCode, 200);
  const refused = invoke("handler", { ...event, headers: {} });
  assert.equal(refused.statusCode, 403);
  assert.match(refused.body, /x-throughline-origin-secret/);
  assert.deepEqual(invoke("consumer", { Records: [] }), { batchItemFailures: [] });
});

test("the zip of Lambda@Edge is made by the guide's command, and its functions read the file in it", () => {
  const [command] = /^node zip\.mjs .*$/m.exec(guide);
  const folder = mkdtempSync(join(tmpdir(), "throughline-at-edge-"));
  try {
    cpSync(path("../build"), join(folder, "build"), { recursive: true });
    cpSync(path("../zip.mjs"), join(folder, "zip.mjs"));
    const text = /^```toml\n([^`]*)^```$/m.exec(guide)[1];
    writeFileSync(join(folder, "throughline.toml"), text);
    execFileSync("sh", ["-c", command], { cwd: folder });
    const unzip = "import sys,zipfile;zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    execFileSync(path(".venv/bin/python"), ["-c", unzip, join(folder, "build/throughline-at-edge.zip"), join(folder, "function")]);
    const given = readFileSync(path("events/origin-request.json"), "utf8");
    const program = `
      import { originRequest } from ${JSON.stringify(join(folder, "function/index.mjs"))};
      const context = { getRemainingTimeInMillis: () => 30000 };
      const given = ${given};
      given.Records[0].cf.request.uri = "/api/basket";
      console.log((await originRequest(given, context)).headers.traceparent[0].value);`;
    const node = ["--input-type=module", "--eval", program];
    const traceparent = execFileSync(process.execPath, node, { encoding: "utf8", env: {} });
    assert.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
