// Requests to the edge that stores indexes of source maps: `{url}/v1/sourcemaps/{debug id}`.

import { randomUUID } from "node:crypto";

/** The configuration, the network or the edge is at fault: the message says which, and what to do. */
export class UploadError extends Error {
  override name = "UploadError";
  /** Whether the edge refuses what it was sent, and may take the next. */
  readonly isOfOneScript: boolean;

  constructor(message: string, { isOfOneScript = false, ...options }: ErrorOptions & { isOfOneScript?: boolean } = {}) {
    super(message, options);
    this.isOfOneScript = isOfOneScript;
  }
}

/** An edge that stores indexes, and the key that it wants. */
export class Receiver {
  readonly #url: string;
  readonly #key: string;
  /** Settles once the address has been seen to be that of an edge. */
  #isEdge: Promise<void> | undefined;

  /** @throws UploadError the address or the key can be none */
  constructor({ url, key }: { url: string; key: string }) {
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) throw new UploadError(`sourcemaps.upload.url is no address of an edge, as https://shop.example/_t is: ${JSON.stringify(url)}`);
    // A line break would end the header, and be in the error of the client that refuses it: logs of builds are read by many.
    if (!/^[\x21-\x7e]+$/.test(key)) throw new UploadError("sourcemaps.upload.key has a character that no key has, such as a line break or a blank at its end: set it without");
    this.#url = url.replace(/\/+$/, "");
    this.#key = key;
  }

  /** Whether an index is stored. */
  async isStored(debugId: string): Promise<boolean> {
    if (!(await this.#has(debugId))) return false;
    await (this.#isEdge ??= this.#check());
    return true;
  }

  /** Stores an index. */
  async put(debugId: string, index: Uint8Array): Promise<void> {
    const response = await this.#request(debugId, { method: "PUT", body: index as Uint8Array<ArrayBuffer>, headers: { "content-type": "application/octet-stream" } });
    if (!response.ok) throw await refusal(response);
    await response.body?.cancel();
    if (response.status != 204) throw this.#noEdge(`says ${response.status} to PUT, where an edge says 204`);
  }

  /** Asks for an index that nobody has made: the server of a single-page application responds to every path with its page. */
  async #check(): Promise<void> {
    if (await this.#has(randomUUID())) throw this.#noEdge("says of any path that it is there");
  }

  async #has(debugId: string): Promise<boolean> {
    const response = await this.#request(debugId, { method: "HEAD" });
    if (response.status == 200) return true;
    if (response.status == 404) return false;
    throw response.ok ? this.#noEdge(`says ${response.status} to HEAD, where an edge says 200 or 404`) : await refusal(response);
  }

  #noEdge(what: string): UploadError {
    return new UploadError(`${this.#url} is no edge, but ${what}: see whether the address has the prefix, as /_t`);
  }

  /** Sends a request, again where that can help; what comes of the last try. */
  async #request(debugId: string, init: RequestInit): Promise<Response> {
    const address = `${this.#url}/v1/sourcemaps/${debugId}`;
    const headers = { ...init.headers, authorization: `Bearer ${this.#key}` };
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
        if (tries == TRIES) throw new UploadError(`${this.#url} does not respond (${cause instanceof Error ? cause.message : message}), in ${TRIES} tries: see whether the address is right`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** The reason of a response why nothing is stored, or what to do. */
async function refusal(response: Response): Promise<UploadError> {
  const { status, statusText, url, headers } = response;
  const said = (await response.text().catch(() => "")).trim().slice(0, LONGEST_REASON);
  const redirected = status >= 300 && status < 400 && `it redirects to ${headers.get("location")}: give that address`;
  return new UploadError(`${status} ${statusText} of ${url}: ${redirected || said || ADVICE[status] || "the edge says no more"}`, { isOfOneScript: OF_ONE_SCRIPT.includes(status) });
}

/** A response to HEAD has no text. */
const ADVICE: Record<number, string> = {
  401: "sourcemaps.upload.key is no key of that edge: it wants one of `upload_keys` of the project",
  403: "sourcemaps.upload.key may not upload: it wants one of `upload_keys` of the project, not an ingest key",
  405: "there is no edge that stores source maps: see whether the address has the prefix",
};

/** An index that is no index, or is larger than the edge takes. */
const OF_ONE_SCRIPT = [400, 413];
const TRIES = 5;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const TIMEOUT_MS = 60_000;
const LONGEST_REASON = 500;
