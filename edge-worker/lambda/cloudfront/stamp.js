// CloudFront Function at viewer-request, for sites that want trace context alone: each request to
// the origin carries a traceparent. The trace of a page of this site goes on; whoever else sends
// one, or one that is invalid, gets a new trace.
// https://www.w3.org/TR/trace-context-2/#traceparent-header
var crypto = require("crypto");

// A version that is unknown is read as far as it is known, and never ff. No id is all zeros.
var VALID = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
var OF_VERSION_00 = /^00-.{32}-.{16}-..$/;

function handler(event) {
  var request = event.request;
  var headers = request.headers;
  if (!isOfThisSite(headers) || !isValid(headers.traceparent)) {
    delete headers.tracestate;
    headers.traceparent = { value: "00-" + ids(event) + "-03" };
  }
  return request;
}

// Browsers say where a request comes from, and no page can change that.
// https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
function isOfThisSite(headers) {
  var site = headers["sec-fetch-site"];
  return !!site && (site.value === "same-origin" || site.value === "same-site");
}

function isValid(traceparent) {
  if (!traceparent || (traceparent.multiValue && traceparent.multiValue.length > 1)) return false;
  var value = traceparent.value;
  return VALID.test(value) && (value.slice(0, 3) !== "00-" || OF_VERSION_00.test(value));
}

// The ids of a trace and a span. CloudFront's id of the request is unique and cannot be guessed; its
// hash is as good as random (flag 02). Only one in 2^128 begins with as many zeros as an id must not.
function ids(event) {
  var hash = crypto.createHash("sha256");
  var digits = hash.update(event.context.requestId + Math.random()).digest("hex");
  return digits.slice(0, 32) + "-" + digits.slice(32, 48);
}
