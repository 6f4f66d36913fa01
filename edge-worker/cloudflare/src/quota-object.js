// The Durable Objects that own the limits of projects, one for each project.
//
// What is leased and used is in WebAssembly's memory alone: after a second without requests a
// limit is what it was at the beginning.
import { quotaAsk } from "edge";
import { unlessTrapped } from "./trap.js";

export class Quotas {
  #env;

  constructor(_state, env) {
    this.#env = env;
  }

  /** Takes what an isolate asks for the project that this object is named after. */
  async fetch(request) {
    const project = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const message = new Uint8Array(await request.arrayBuffer());
    return new Response(await unlessTrapped(async () => quotaAsk(this.#env, project, message)));
  }
}
