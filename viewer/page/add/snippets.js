// @ts-check
// The steps by which a page or a service sends telemetry to this machine, by framework.

/**
 * @typedef {object} Step
 * @property {string} text what is to be done
 * @property {string} code
 */

/** @typedef {{ id: string, name: string, service: string, steps: (address: string, service: string) => Step[], then: string }} Kind */

/**
 * A key is not checked by this program; the snippets have one so that they change little for production.
 */
const KEY = "pk_dev";

/**
 * Keeps errors and calls until the script is there, as npm/browser/README.md has it.
 */
const KEEPING =
  '!function(q,t){function k(e){q.length<51?q.push(e):t.n++}t=window.throughline={q:q,n:0,l:function(e){e.target==window&&k(e)},captureException:function(e){k(["captureException",e])}};addEventListener("error",t.l,!0);addEventListener("unhandledrejection",t.l,!0)}([])';

/** @type {Kind[]} */
export const KINDS = [
  {
    id: "script",
    name: "Script tag",
    service: "my-page",
    steps: (address, service) => [
      {
        text: "First in the head of the page. The first line keeps errors, and calls of throughline.captureException, until the second has loaded, which records them, in one file of 5 KB:",
        code: [
          `<script>${KEEPING}</script>`,
          `<script src="${attribute(address)}/t.js" data-key="${KEY}" data-service="${attribute(service)}" async></script>`,
        ].join("\n"),
      },
    ],
    then: 'Open the page, or load it again. An error to try it, by a button in its body: <button onclick="throw new Error(`hello`)">Try it</button>',
  },
  {
    id: "vite",
    name: "React with Vite",
    service: "my-page",
    steps: (address, service) => [
      { text: "In the folder of the page:", code: "npm install @throughline/browser @throughline/react" },
      { text: "As src/telemetry.js:", code: initialization(address, service) },
      {
        text: "In src/main.jsx, in place of what it has now:",
        code: [
          'import "./telemetry.js";',
          'import { rootHooks } from "@throughline/react";',
          'import { createRoot } from "react-dom/client";',
          'import { App } from "./App.jsx";',
          "",
          'createRoot(document.getElementById("root"), rootHooks()).render(<App />);',
        ].join("\n"),
      },
    ],
    then: "Open the page, or load it again.",
  },
  {
    id: "next",
    name: "Next.js",
    service: "my-page",
    steps: (address, service) => [
      { text: "In the folder of the project:", code: "npm install @throughline/browser @throughline/react" },
      { text: "As instrumentation-client.js, beside next.config:", code: initialization(address, service) },
    ],
    then: "Start the server again, and open a page.",
  },
  {
    id: "node",
    name: "Node.js",
    service: "my-service",
    steps: (address, service) => [
      { text: "In the folder of the service:", code: "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node" },
      {
        text: "Start it with these, here for server.js:",
        code: command(address, service, "node --require @opentelemetry/auto-instrumentations-node/register server.js"),
      },
    ],
    then: "Send it a request.",
  },
  {
    id: "go",
    name: "Go",
    service: "my-service",
    steps: (address, service) => [
      {
        text: "In the module of the service:",
        code: [
          "go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp \\",
          "  go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
        ].join("\n"),
      },
      {
        text: "In main, around the handler of requests:",
        code: [
          "ctx := context.Background()",
          "exporter, err := otlptracehttp.New(ctx) // OTEL_EXPORTER_OTLP_ENDPOINT",
          "if err != nil {",
          "\tlog.Fatal(err)",
          "}",
          "provider := trace.NewTracerProvider(trace.WithBatcher(exporter))",
          "defer func() { _ = provider.Shutdown(ctx) }()",
          "otel.SetTracerProvider(provider)",
          "otel.SetTextMapPropagator(propagation.TraceContext{})",
          'log.Fatal(http.ListenAndServe(":8080", otelhttp.NewHandler(mux, "")))',
        ].join("\n"),
      },
      { text: "Start it with these:", code: command(address, service, "go run .") },
    ],
    then: "Send it a request.",
  },
  {
    id: "python",
    name: "Python",
    service: "my-service",
    steps: (address, service) => [
      {
        text: "In the environment of the service:",
        code: "pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http\nopentelemetry-bootstrap --action install",
      },
      { text: "Start it with these, here for app.py:", code: command(address, service, "opentelemetry-instrument python app.py") },
    ],
    then: "Send it a request.",
  },
];

/** @param {string} address @param {string} service */
function initialization(address, service) {
  return [
    'import { init } from "@throughline/browser";',
    "",
    `init({ endpoint: ${JSON.stringify(address)}, key: ${JSON.stringify(KEY)}, serviceName: ${JSON.stringify(service)} });`,
  ].join("\n");
}

/** @param {string} address @param {string} service @param {string} program */
function command(address, service, program) {
  return [
    `OTEL_SERVICE_NAME=${word(service)} OTEL_EXPORTER_OTLP_ENDPOINT=${word(address)} \\`,
    `  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf ${program}`,
  ].join("\n");
}

/** A text inside of the quotation marks of an attribute. @param {string} text */
function attribute(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}

/** A word of a shell's command. @param {string} text */
function word(text) {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
