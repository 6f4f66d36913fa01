// The build of the page with webpack.

import { join } from "node:path";

export default {
  mode: "production",
  entry: join(import.meta.dirname, "main.js"),
  output: { path: join(import.meta.dirname, "dist"), filename: "[name].js", clean: true },
};
