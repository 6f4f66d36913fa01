// The code of a CloudFront Function, as it is deployed: its file without comments and blanks.
import { transformSync } from "esbuild";
import { readFileSync } from "node:fs";

/** The functions, by the name of their file. */
export const NAMES = ["ingest", "stamp"];

/** The code of a function of this folder. */
export function code(name) {
  return minified(readFileSync(new URL(`${name}.js`, import.meta.url), "utf8"));
}

/**
 * Code without comments and blanks. `target: "es5"` refuses what is newer than the JavaScript that CloudFront
 * runs: its runtime has parts of later standards, and no list of them is complete.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
export function minified(source) {
  const options = { target: "es5", minifyWhitespace: true, minifyIdentifiers: false, minifySyntax: false };
  return transformSync(source, options).code.trim();
}
