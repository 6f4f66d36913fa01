// Requests to the edge that stores indexes of source maps: `{url}/v1/sourcemaps/{debug id}`.

/** Where an edge is, and the key that it wants. */
export interface Receiver {
  url: string;
  key: string;
}

/** The configuration, the network or the edge is at fault: the message says which, and what to do. */
export class UploadError extends Error {
  override name = "UploadError";
}

/** Whether an index is stored. */
export async function isStored(receiver: Receiver, debugId: string): Promise<boolean> {
  const response = await request(receiver, debugId, { method: "HEAD" });
  if (response.ok) return true;
  if (response.status == 404) return false;
  throw await refusal(response);
}

/** Stores an index. */
export async function put(receiver: Receiver, debugId: string, index: Uint8Array): Promise<void> {
  const response = await request(receiver, debugId, { method: "PUT", body: index as Uint8Array<ArrayBuffer>, headers: { "content-type": "application/octet-stream" } });
  if (!response.ok) throw await refusal(response);
  await response.body?.cancel();
}

/** Sends a request, again where that can help; what comes of the last try. */
async function request({ url, key }: Receiver, debugId: string, init: RequestInit): Promise<Response> {
  const address = `${addressOf(url)}/v1/sourcemaps/${debugId}`;
  const headers = { ...init.headers, authorization: `Bearer ${key}` };
  for (let tries = 1; ; tries++) {
    let wait = FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
    try {
      // A key is for nobody else.
      const response = await fetch(address, { ...init, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if ((response.status != 429 && response.status < 500) || tries == TRIES) return response;
      const seconds = Number(response.headers.get("retry-after"));
      if (seconds > 0) wait = Math.min(seconds * 1000, LONGEST_WAIT_MS);
      await response.body?.cancel();
    } catch (error) {
      const { message, cause } = error as Error;
      if (tries == TRIES) throw new UploadError(`${url} does not respond (${cause instanceof Error ? cause.message : message}), in ${TRIES} tries: see whether the address is right`, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** The address of the edge with its prefix, without a slash at the end. */
function addressOf(url: string): string {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) throw new UploadError(`sourcemaps.upload.url is no address of an edge, as https://shop.example/_t is: ${JSON.stringify(url)}`);
  return url.replace(/\/+$/, "");
}

/** The reason of a response why nothing is stored, or what to do. */
async function refusal(response: Response): Promise<UploadError> {
  const { status, statusText, url, headers } = response;
  const said = (await response.text().catch(() => "")).trim().slice(0, LONGEST_REASON);
  const redirected = status >= 300 && status < 400 && `it redirects to ${headers.get("location")}: give that address`;
  return new UploadError(`${status} ${statusText} of ${url}: ${redirected || said || ADVICE[status] || "the edge says no more"}`);
}

/** A response to HEAD has no text. */
const ADVICE: Record<number, string> = {
  401: "sourcemaps.upload.key is no key of that edge: it wants one of `upload_keys` of the project",
  403: "sourcemaps.upload.key may not upload: it wants one of `upload_keys` of the project, not an ingest key",
  405: "there is no edge that stores source maps: see whether the address has the prefix",
};

const TRIES = 5;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const TIMEOUT_MS = 60_000;
const LONGEST_REASON = 500;
