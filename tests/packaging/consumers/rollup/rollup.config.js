// The build of the page with Rollup.

import commonjs from "@rollup/plugin-commonjs";
import resolve from "@rollup/plugin-node-resolve";

export default {
  input: "main.js",
  plugins: [resolve({ browser: true }), commonjs()],
  output: { dir: "dist", format: "es" },
};
