// How is the page built and served?

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // Stacks of the minified page lead back to these sources.
  build: { sourcemap: true },
  // Another port than the one the edge asks would be a page that nobody sees.
  preview: { host: "127.0.0.1", port: 5173, strictPort: true },
});
