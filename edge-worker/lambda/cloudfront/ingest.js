// CloudFront Function at viewer-request, for the paths where telemetry arrives.
//
// Lambda gives a function the body of a request as text where its content type is JSON or text/*,
// and a body that is none, compressed or in protobuf, is destroyed by that. So the type goes in a
// header of its own, and so does the client's address.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
function handler(event) {
  var request = event.request;
  var headers = request.headers;
  delete headers["x-throughline-content-type"];
  if (headers["content-type"]) {
    headers["x-throughline-content-type"] = { value: headers["content-type"].value };
    headers["content-type"] = { value: "application/octet-stream" };
  }
  headers["x-throughline-viewer-address"] = { value: event.viewer.ip };
  return request;
}
