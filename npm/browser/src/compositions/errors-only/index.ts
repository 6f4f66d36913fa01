// An entry with the errors signal alone. It is not published: `cargo xtask wasm` measures it.

import { makeClient } from "../../client.js";
import type { Options, Throughline } from "../../options.js";

/** As `init` of the package. */
export const init = (options: Options): Throughline => makeClient(options, {}, () => import("./engine.js"));
