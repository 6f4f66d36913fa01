// The entry point of the page.

// First, so that it observes everything that follows.
import "./telemetry";

import { rootHooks } from "@throughline/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./styles.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
// Errors that no boundary catches are reported with their component stack.
createRoot(root, rootHooks()).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
