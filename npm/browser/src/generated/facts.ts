// Generated from facts.toml by `cargo xtask codegen`.
//
// The facts of the page. Capture records each as a tuple, and keeps an object of the page
// (`path`, `parsedUrl`) in place of the fields that the writer reads from it later.
// The writer joins fields by U+001F, ends each fact with U+001E, joins the items of a list by
// U+001D, and replaces these three characters by a space wherever a value holds them.
//
// Types of fields:
// - duration: whole µs
// - flag: `1` is true
// - integer: whole number, decimal digits
// - list: texts, joined by the separator of items
// - pairs: names, each with its value: one that begins with a digit is a whole number of thousandths
// - text: text of at most `text_limit` UTF-16 code units
// - time: whole µs since the page's time origin; as an attribute ms, and absent when it is 0
// - unix_time: whole µs since the Unix epoch

/** Stands between two fields. */
export const FIELD_END = "\x1f";

/** Stands between two items of a list. */
export const ITEM_END = "\x1d";

/** Ends a record. */
export const RECORD_END = "\x1e";

/** Version of the format. */
export const FORMAT = 2;

/** The separators: no value holds them. */
export const SEPARATORS = "\x1f\x1d\x1e";

/** The most UTF-16 code units that a text has. */
export const TEXT_LIMIT = 8192;

/** Of kinds after this letter a reader that begins anew needs what was sent. */
export const LASTING_AFTER = "Z";

/** Of these kinds the oldest facts are given up where there are many. */
export const RECENT = "si";

/** The kinds of which such a reader needs the first fact and the last one. */
export const FIRST = "H";
export const LATEST = "C";

/** No value. */
export type Absent = "" | undefined;

/**
 * The identity of a span, in lowercase hexadecimal digits; absent for no span.
 *
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 */
export type SpanIds = readonly [
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
];

/**
 * What a performance entry says of a request (<https://www.w3.org/TR/resource-timing/>). Without a new connection the five times about it are absent.
 *
 * - `fetchStart` (time): The browser begins to fetch.
 * - `domainLookupStart` (time): The name lookup begins.
 * - `domainLookupEnd` (time): The name lookup ends.
 * - `connectStart` (time): The connection begins.
 * - `secureConnectionStart` (time): The TLS handshake begins.
 * - `connectEnd` (time): The connection is there.
 * - `requestStart` (time): The request is sent.
 * - `responseStart` (time): The first byte of the response arrives.
 * - `responseEnd` (time): The last byte of the response arrives.
 * - `bodySize` (integer): Encoded size of the body, bytes.
 * - `httpVersion` (text): Version of HTTP, for example `2`.
 */
export type Timing = readonly [
  fetchStart: number | Absent,
  domainLookupStart: number | Absent,
  domainLookupEnd: number | Absent,
  connectStart: number | Absent,
  secureConnectionStart: number | Absent,
  connectEnd: number | Absent,
  requestStart: number | Absent,
  responseStart: number | Absent,
  responseEnd: number | Absent,
  bodySize: number | Absent,
  httpVersion: string | Absent,
];

/**
 * The first fact of every text: the format, and the resource as far as the page knows it.
 *
 * - `format` (integer): Version of this format.
 * - `packageVersion` (text): Version of the package.
 * - `serviceName` (text): Name of the page in telemetry.
 * - `serviceVersion` (text): Release that is running.
 * - `environment` (text): For example `production`.
 * - `userAgent` (text): `navigator.userAgent`.
 * - `language` (text): `navigator.language`.
 * - `platform` (text): `navigator.userAgentData.platform`.
 * - `mobile` (flag): `navigator.userAgentData.mobile`.
 * - `brands` (list): `navigator.userAgentData.brands`, each with its version. In version 1 each brand is a field of its own.
 * - `synthetic` (text): `bot` where `navigator.webdriver` says that a program drives the browser (<https://www.w3.org/TR/webdriver2/#interface>).
 */
export type HeaderFact = readonly [
  kind: "H",
  format: 2,
  packageVersion: string | Absent,
  serviceName: string | Absent,
  serviceVersion: string | Absent,
  environment: string | Absent,
  userAgent: string | Absent,
  language: string | Absent,
  platform: string | Absent,
  mobile: 0 | 1 | Absent,
  brands: readonly string[],
  synthetic?: string | Absent,
];

/**
 * Session and document of the facts that follow.
 *
 * - `timeOrigin` (unix_time): Wall clock at the page's time origin.
 * - `session` (text): Session id.
 * - `documentUrl` (text): Address of the document; the reader scrubs all addresses in a text.
 * - `own` (list): The page's own attributes of all records that follow: names, each with its value.
 * - `typed` (list): Those of them that are no texts in `own`: names, each with its value behind a letter. `i` is a whole number and `d` one with a fraction, as hexadecimal digits of their 64 bits, `b` is `true` or `false`, `s` a text. `L` alone begins a list, whose items follow, each behind an empty name.
 * - `dropped` (integer): How many of them were left out: the `dropped_attributes_count` of records that do not say so in `rest`, which has the sum then.
 */
export type ContextFact = readonly [
  kind: "C",
  session: string | Absent,
  documentUrl: string | Absent,
  own?: readonly string[],
  typed?: readonly string[],
  dropped?: number | Absent,
];

/** `ContextFact` as the writer writes it. */
export type WrittenContext = readonly [
  kind: "C",
  timeOrigin: number | Absent,
  session: string | Absent,
  documentUrl: string | Absent,
  own?: readonly string[],
  typed?: readonly string[],
  dropped?: number | Absent,
];

/**
 * All that the facts so far became has been sent: the reader keeps its state, and drops the records. Behind the header it says when the facts are sent.
 *
 * - `sent` (integer): The page's clock when the facts behind this one are sent, ms since the Unix epoch.
 */
export type MarkFact = readonly [
  kind: "M",
  sent?: number | Absent,
];

/**
 * A session begins.
 *
 * - `at` (time): When it begins.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `previous` (text): Id of the session before.
 */
export type SessionStartFact = readonly [
  kind: "S",
  at: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  previous: string | Absent,
];

/**
 * The document is loaded.
 *
 * - `start` (time): Start of the navigation.
 * - `end` (time): End of the load event.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `parent` (text): Id of the server's span.
 * - `spanName` (text): Name of the span.
 * - `fetchStart` (time): The browser begins to fetch.
 * - `domainLookupStart` (time): The name lookup begins.
 * - `domainLookupEnd` (time): The name lookup ends.
 * - `connectStart` (time): The connection begins.
 * - `secureConnectionStart` (time): The TLS handshake begins.
 * - `connectEnd` (time): The connection is there.
 * - `requestStart` (time): The request is sent.
 * - `responseStart` (time): The first byte of the response arrives.
 * - `responseEnd` (time): The last byte of the response arrives.
 * - `bodySize` (integer): Encoded size of the body, bytes.
 * - `httpVersion` (text): Version of HTTP, for example `2`.
 * - `rest` (text): Other fields of the `Span` in protobuf, in hexadecimal digits.
 * - `activation` (time): When the page was shown, where it was rendered ahead.
 */
export type DocumentLoadFact = readonly [
  kind: "N",
  start: number | Absent,
  end: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  parent: string | Absent,
  spanName: string | Absent,
  fetchStart: number | Absent,
  domainLookupStart: number | Absent,
  domainLookupEnd: number | Absent,
  connectStart: number | Absent,
  secureConnectionStart: number | Absent,
  connectEnd: number | Absent,
  requestStart: number | Absent,
  responseStart: number | Absent,
  responseEnd: number | Absent,
  bodySize: number | Absent,
  httpVersion: string | Absent,
  rest?: string | Absent,
  activation?: number | Absent,
];

/**
 * A click, with everything that it caused.
 *
 * - `start` (time): The click.
 * - `end` (time): End of what it caused.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `parent` (text): Absent: a click begins a trace.
 * - `spanName` (text): Name of the span.
 * - `tag` (text): Tag of the element.
 * - `selector` (text): Selector of the element.
 * - `button` (integer): `MouseEvent.button`.
 * - `rest` (text): Other fields of the `Span` in protobuf, in hexadecimal digits.
 */
export type ClickFact = readonly [
  kind: "I",
  start: number | Absent,
  end: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  parent: string | Absent,
  path: readonly (readonly (string | null)[])[],
  button: number | Absent,
  rest?: string | Absent,
];

/** `ClickFact` as the writer writes it. */
export type WrittenClick = readonly [
  kind: "I",
  start: number | Absent,
  end: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  parent: string | Absent,
  spanName: string | Absent,
  tag: string | Absent,
  selector: string | Absent,
  button: number | Absent,
  rest?: string | Absent,
];

/**
 * A request of the page that had a response, failed or was given up.
 *
 * - `start` (time): Call of `fetch`, or of `send` of an XMLHttpRequest.
 * - `end` (time): Arrival of the response's headers (of the body for an XMLHttpRequest), or the failure.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `parent` (text): Id of the parent span.
 * - `url` (text): Address; the reader scrubs it.
 * - `method` (text): Method, as the page wrote it.
 * - `inferred` (flag): Whether the parent follows from time alone.
 * - `status` (integer): Status code of the response.
 * - `error` (text): Name of the error.
 * - `host` (text): Host of the address, without the brackets of IPv6.
 * - `port` (integer): Port, the default one too.
 * - `nameEnd` (text): What the span's name has behind the method: a space, and the template of the address.
 * - `rest` (text): Other fields of the `Span` in protobuf, in hexadecimal digits.
 * - `fetchStart` (time): As in the group `timing`, which the engine has joined.
 * - `domainLookupStart` (time): As in the group `timing`, which the engine has joined.
 * - `domainLookupEnd` (time): As in the group `timing`, which the engine has joined.
 * - `connectStart` (time): As in the group `timing`, which the engine has joined.
 * - `secureConnectionStart` (time): As in the group `timing`, which the engine has joined.
 * - `connectEnd` (time): As in the group `timing`, which the engine has joined.
 * - `requestStart` (time): As in the group `timing`, which the engine has joined.
 * - `responseStart` (time): As in the group `timing`, which the engine has joined.
 * - `responseEnd` (time): As in the group `timing`, which the engine has joined.
 * - `bodySize` (integer): As in the group `timing`.
 * - `httpVersion` (text): As in the group `timing`.
 */
export type RequestFact = readonly [
  kind: "F",
  start: number | Absent,
  end: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  parent: string | Absent,
  url: string | Absent,
  method: string | Absent,
  inferred: 0 | 1 | Absent,
  status: number | Absent,
  error: string | Absent,
  parsedUrl: URL,
  nameEnd?: string | Absent,
  rest?: string | Absent,
  fetchStart?: number | Absent,
  domainLookupStart?: number | Absent,
  domainLookupEnd?: number | Absent,
  connectStart?: number | Absent,
  secureConnectionStart?: number | Absent,
  connectEnd?: number | Absent,
  requestStart?: number | Absent,
  responseStart?: number | Absent,
  responseEnd?: number | Absent,
  bodySize?: number | Absent,
  httpVersion?: string | Absent,
];

/** `RequestFact` as the writer writes it. */
export type WrittenRequest = readonly [
  kind: "F",
  start: number | Absent,
  end: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  parent: string | Absent,
  url: string | Absent,
  method: string | Absent,
  inferred: 0 | 1 | Absent,
  status: number | Absent,
  error: string | Absent,
  host: string | Absent,
  port: number | Absent,
  nameEnd?: string | Absent,
  rest?: string | Absent,
  fetchStart?: number | Absent,
  domainLookupStart?: number | Absent,
  domainLookupEnd?: number | Absent,
  connectStart?: number | Absent,
  secureConnectionStart?: number | Absent,
  connectEnd?: number | Absent,
  requestStart?: number | Absent,
  responseStart?: number | Absent,
  responseEnd?: number | Absent,
  bodySize?: number | Absent,
  httpVersion?: string | Absent,
];

/**
 * The performance entry of a request; the reader joins it to the request.
 *
 * - `url` (text): Address.
 * - `trace` (text): Trace id in `Server-Timing`.
 * - `start` (time): `startTime`.
 * - `end` (time): `responseEnd`.
 * - `fetchStart` (time): The browser begins to fetch.
 * - `domainLookupStart` (time): The name lookup begins.
 * - `domainLookupEnd` (time): The name lookup ends.
 * - `connectStart` (time): The connection begins.
 * - `secureConnectionStart` (time): The TLS handshake begins.
 * - `connectEnd` (time): The connection is there.
 * - `requestStart` (time): The request is sent.
 * - `responseStart` (time): The first byte of the response arrives.
 * - `responseEnd` (time): The last byte of the response arrives.
 * - `bodySize` (integer): Encoded size of the body, bytes.
 * - `httpVersion` (text): Version of HTTP, for example `2`.
 * - `requestSpan` (text): Id of the request's own span, in `Server-Timing`.
 */
export type RequestTimingFact = readonly [
  kind: "R",
  url: string | Absent,
  trace: string | Absent,
  start: number | Absent,
  end: number | Absent,
  fetchStart: number | Absent,
  domainLookupStart: number | Absent,
  domainLookupEnd: number | Absent,
  connectStart: number | Absent,
  secureConnectionStart: number | Absent,
  connectEnd: number | Absent,
  requestStart: number | Absent,
  responseStart: number | Absent,
  responseEnd: number | Absent,
  bodySize: number | Absent,
  httpVersion: string | Absent,
  requestSpan?: string | Absent,
];

/**
 * Something was thrown.
 *
 * - `at` (time): When it was caught.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `mechanism` (text): What caught it.
 * - `eventMessage` (text): Message of the event, used when the error has no message.
 * - `file` (text): Address of the script, as the event says.
 * - `line` (integer): Line, as the event says.
 * - `column` (integer): Column, as the event says.
 * - `type` (text): Name of the error, or `typeof` the value.
 * - `message` (text): Message of the error, or the value as text.
 * - `stacktrace` (text): Stack, as the browser prints it.
 * - `causes` (list): What is behind it, outermost first: the chain of `cause`, unless `paths` says otherwise. In version 1 each of them is a field of its own.
 * - `injected` (flag): Whether it is recorded although its script may be none of the page's; the attribute says whether it is one.
 * - `severity` (integer): `SeverityNumber`, where it is another than what follows from the mechanism.
 * - `count` (integer): How often it was thrown, from the engine, which counts those that are equal; absent for once.
 * - `paths` (list): Where each of the causes was found: `c` for each `cause` on the way to it, a digit for a member of `errors`. `0c` is `errors[0].cause`. Where no digit is, they are a chain.
 * - `images` (list): The scripts in the stacks that have a debug id, and the modules of WebAssembly that have a build id: address, id. A build id is in hexadecimal digits without dashes.
 */
export type ExceptionFact = readonly [
  kind: "E",
  at: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  mechanism: "onerror" | "onunhandledrejection" | "captureException" | "uncaught" | "panic",
  eventMessage: string | Absent,
  file: string | Absent,
  line: number | Absent,
  column: number | Absent,
  type: string | Absent,
  message: string | Absent,
  stacktrace: string | Absent,
  causes: readonly string[],
  injected?: 0 | 1 | Absent,
  severity?: number | Absent,
  count?: number | Absent,
  paths?: readonly string[],
];

/** `ExceptionFact` as the writer writes it. */
export type WrittenException = readonly [
  kind: "E",
  at: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  mechanism: "onerror" | "onunhandledrejection" | "captureException" | "uncaught" | "panic",
  eventMessage: string | Absent,
  file: string | Absent,
  line: number | Absent,
  column: number | Absent,
  type: string | Absent,
  message: string | Absent,
  stacktrace: string | Absent,
  causes: readonly string[],
  injected?: 0 | 1 | Absent,
  severity?: number | Absent,
  count?: number | Absent,
  paths?: readonly string[],
  images?: readonly string[],
];

/**
 * The page logs a message.
 *
 * - `at` (time): When it is logged.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `severity` (integer): `SeverityNumber`: <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
 * - `body` (text): The message.
 * - `eventName` (text): Name of the event that it is.
 * - `texts` (list): Attributes that are texts: names, each with its value.
 * - `rest` (text): Other fields of the `LogRecord` in protobuf, in hexadecimal digits.
 */
export type LogFact = readonly [
  kind: "L",
  at: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  severity: number | Absent,
  body: string | Absent,
  eventName?: string | Absent,
  texts?: readonly string[],
  rest?: string | Absent,
];

/**
 * A span that the page, or an optional part of the package, has ended.
 *
 * - `start` (time): When it began.
 * - `end` (time): When it ended.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `parent` (text): Id of the parent span.
 * - `spanName` (text): Name of the span.
 * - `texts` (list): Attributes that are texts: names, each with its value.
 * - `rest` (text): Other fields of the `Span` in protobuf, in hexadecimal digits; a kind in place of internal is one of them.
 */
export type SpanFact = readonly [
  kind: "P",
  start: number | Absent,
  end: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  parent: string | Absent,
  spanName: string | Absent,
  texts: readonly string[],
  rest?: string | Absent,
];

/**
 * A web vital, which the engine has calculated from measurements.
 *
 * - `at` (time): When it was reported.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `vital` (text): Which of them.
 * - `value` (integer): Its value: µs, of `cls` 1e-9.
 * - `before` (integer): The value that was reported before; 0 for none.
 * - `visit` (text): Id of the visit.
 * - `navigationType` (text): For example `reload`.
 * - `causes` (pairs): Further attributes.
 */
export type WebVitalFact = readonly [
  kind: "W",
  at: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  vital: "ttfb" | "fcp" | "lcp" | "cls" | "inp",
  value: number | Absent,
  before: number | Absent,
  visit: string | Absent,
  navigationType: string | Absent,
  causes: readonly (string | number)[],
];

/**
 * The engine failed.
 *
 * - `at` (time): When it failed.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `reason` (text): It trapped, or the page may not run WebAssembly.
 * - `message` (text): The error as text.
 */
export type EngineFailureFact = readonly [
  kind: "T",
  at: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  reason: "trap" | "unavailable",
  message: unknown,
];

/**
 * A part of the package could not be started; the others run.
 *
 * - `at` (time): When it failed.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `part` (text): Name of the part.
 * - `message` (text): The error as text.
 */
export type DegradedFact = readonly [
  kind: "D",
  at: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  part: string | Absent,
  message: unknown,
];

/**
 * Records were dropped before they could be sent.
 *
 * - `reason` (text): One of the drop reasons below.
 * - `count` (integer): How many records.
 */
export type LostFact = readonly [
  kind: "X",
  reason: DropReason,
  count: number | Absent,
];

/**
 * The page is opened, or comes back from the back/forward cache.
 *
 * - `at` (time): When this was recorded.
 * - `began` (time): `activationStart`, or the return from the cache.
 * - `hidden` (time): When the page was hidden first; absent when it was visible all the time.
 * - `responseStart` (time): `responseStart` of the document.
 * - `measuresShifts` (flag): Whether the browser measures layout shifts.
 * - `measuresInteractions` (flag): Whether the browser measures interactions.
 * - `interactions` (integer): `interactionCount` of earlier visits.
 * - `trace` (text): Trace id, 32 digits.
 * - `span` (text): Span id, 16 digits.
 * - `flags` (text): Trace flags, 2 digits.
 * - `id` (text): Id of the visit.
 * - `navigationType` (text): For example `reload`.
 * - `ttfb` (pairs): Attributes of the time to first byte.
 */
export type VisitFact = readonly [
  kind: "a",
  at: number | Absent,
  began: number | Absent,
  hidden: number | Absent,
  responseStart: number | Absent,
  measuresShifts: 0 | 1 | Absent,
  measuresInteractions: 0 | 1 | Absent,
  interactions: number | Absent,
  trace: string | Absent,
  span: string | Absent,
  flags: string | Absent,
  id: string | Absent,
  navigationType: string | Absent,
  ttfb?: readonly (string | number)[],
];

/**
 * The first contentful paint.
 *
 * - `at` (time): Time of the paint.
 * - `fcp` (pairs): Attributes of the first contentful paint.
 */
export type FirstContentfulPaintFact = readonly [
  kind: "p",
  at: number | Absent,
  fcp?: readonly (string | number)[],
];

/**
 * A contentful paint that is larger than those before.
 *
 * - `at` (time): Time of the paint.
 */
export type LargestContentfulPaintFact = readonly [
  kind: "l",
  at: number | Absent,
];

/**
 * A layout shift without recent input.
 *
 * - `at` (time): Time of the shift.
 * - `value` (integer): Its score, in 1e-9.
 */
export type LayoutShiftFact = readonly [
  kind: "s",
  at: number | Absent,
  value: number | Absent,
];

/**
 * An event of an interaction.
 *
 * - `at` (time): Time of the event.
 * - `interaction` (integer): `interactionId`.
 * - `duration` (duration): Time until the next paint.
 */
export type InteractionEventFact = readonly [
  kind: "i",
  at: number | Absent,
  interaction: number | Absent,
  duration: number | Absent,
];

/**
 * The first input: the browser measures no larger paint after it.
 *
 * - `at` (time): Time of the input.
 * - `lcp` (pairs): Attributes of the largest contentful paint.
 */
export type FirstInputFact = readonly [
  kind: "f",
  at: number | Absent,
  lcp?: readonly (string | number)[],
];

/**
 * The page is hidden; or it is elsewhere, and what was measured before belongs to the address before.
 *
 * - `at` (time): Time of the change.
 * - `interactions` (integer): `interactionCount`.
 * - `visible` (flag): Whether the page is still shown: paints go on.
 * - `cls` (pairs): Attributes of the layout shift.
 * - `inp` (pairs): Attributes of the interaction.
 * - `trace` (text): Trace id of the interaction, 32 digits; absent where it has no span.
 * - `span` (text): Id of its span, 16 digits.
 * - `flags` (text): Its trace flags, 2 digits.
 * - `routeTrace` (text): Trace id of the route on which all that counts was measured since the fact before, 32 digits; absent where it is not one.
 * - `routeSpan` (text): Id of its span, 16 digits.
 * - `routeFlags` (text): Its trace flags, 2 digits.
 */
export type HiddenFact = readonly [
  kind: "v",
  at: number | Absent,
  interactions?: number | Absent,
  visible?: 0 | 1 | Absent,
  cls?: readonly (string | number)[],
  inp?: readonly (string | number)[],
  trace?: string | Absent,
  span?: string | Absent,
  flags?: string | Absent,
  routeTrace?: string | Absent,
  routeSpan?: string | Absent,
  routeFlags?: string | Absent,
];

/** A fact as capture records it. */
export type Fact =
  | HeaderFact
  | ContextFact
  | MarkFact
  | SessionStartFact
  | DocumentLoadFact
  | ClickFact
  | RequestFact
  | RequestTimingFact
  | ExceptionFact
  | LogFact
  | SpanFact
  | WebVitalFact
  | EngineFailureFact
  | DegradedFact
  | LostFact
  | VisitFact
  | FirstContentfulPaintFact
  | LargestContentfulPaintFact
  | LayoutShiftFact
  | InteractionEventFact
  | FirstInputFact
  | HiddenFact;

/** A fact as the writer writes it: the kind and the fields in the order of the text. */
export type WrittenFact =
  | HeaderFact
  | WrittenContext
  | MarkFact
  | SessionStartFact
  | DocumentLoadFact
  | WrittenClick
  | WrittenRequest
  | RequestTimingFact
  | WrittenException
  | LogFact
  | SpanFact
  | WebVitalFact
  | EngineFailureFact
  | DegradedFact
  | LostFact
  | VisitFact
  | FirstContentfulPaintFact
  | LargestContentfulPaintFact
  | LayoutShiftFact
  | InteractionEventFact
  | FirstInputFact
  | HiddenFact;

/**
 * Why the page dropped records.
 * - `expired`: The retries of the batch ended, or too many batches waited.
 * - `filtered`: The page's own rules refuse them: `ignoreErrors`, `allowUrls`, `denyUrls`, `beforeSend`.
 * - `injected`: They are errors of a browser extension, or of a script that the browser has inserted.
 * - `page_ended`: The page ended, and they were more than its last requests may carry.
 * - `queue_full`: More happened than the page keeps.
 * - `rejected`: The receiver refused the records permanently.
 * - `sampled_out`: The page's own sampling left them out: the spans that it sends stand for them.
 * - `unreadable`: The facts could not be written or read.
 */
export type DropReason = "expired" | "filtered" | "injected" | "page_ended" | "queue_full" | "rejected" | "sampled_out" | "unreadable";
