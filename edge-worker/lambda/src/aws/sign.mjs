// AWS Signature Version 4 of a request, carried in headers.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from "node:crypto";

/**
 * The headers of a request with its signature, whose path is encoded once and which has no query. All
 * headers given are signed; names are in lower case.
 */
export function signed({ method, url, headers, body }, { region, service }, credentials, now) {
  const date = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const hash = sha256(body);
  const all = { ...headers, host: url.host, "x-amz-content-sha256": hash, "x-amz-date": date };
  if (credentials.sessionToken) all["x-amz-security-token"] = credentials.sessionToken;

  const names = Object.keys(all).sort();
  const lines = names.map((name) => `${name}:${String(all[name]).trim().replaceAll(/\s+/g, " ")}\n`).join("");
  const canonical = `${method}\n${url.pathname}\n\n${lines}\n${names.join(";")}\n${hash}`;
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const text = `${ALGORITHM}\n${date}\n${scope}\n${sha256(canonical)}`;

  const key = scope.split("/").reduce(hmac, `AWS4${credentials.secretKey}`);
  const signature = hmac(key, text).toString("hex");
  const authorization = `${ALGORITHM} Credential=${credentials.accessKey}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...all, authorization };
}

/** The credentials of the function's role, with the token that they are valid with for some hours. */
export function credentials(environment = process.env) {
  return {
    accessKey: environment.AWS_ACCESS_KEY_ID ?? "",
    secretKey: environment.AWS_SECRET_ACCESS_KEY ?? "",
    sessionToken: environment.AWS_SESSION_TOKEN,
  };
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

function hmac(key, text) {
  return createHmac("sha256", key).update(text).digest();
}

const ALGORITHM = "AWS4-HMAC-SHA256";
