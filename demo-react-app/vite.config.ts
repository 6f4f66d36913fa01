// The build of the page and its preview server.

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // It imports, as the page does.
  worker: { format: "es" },
  // So that stacks of the minified page can be mapped to these sources.
  build: { sourcemap: true },
  // Fails when the port is in use: the edge proxies to this port only.
  preview: { host: "127.0.0.1", port: 5173, strictPort: true },
});
