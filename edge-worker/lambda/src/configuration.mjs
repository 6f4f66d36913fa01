// The configuration of a function, as text.
import { readFileSync } from "node:fs";

/** The variable THROUGHLINE_CONFIG, or else the file throughline.toml of the zip. */
export function configuration() {
  const text = process.env.THROUGHLINE_CONFIG;
  if (text) return text;
  try {
    return readFileSync(new URL("throughline.toml", import.meta.url), "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    throw new Error("not configured: set THROUGHLINE_CONFIG, or add throughline.toml to the zip", { cause: error });
  }
}
