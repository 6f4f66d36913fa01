import "./telemetry.js";
import { rootHooks } from "@throughline/react";
import { createRoot } from "react-dom/client";
import App from "./App.jsx";

createRoot(document.getElementById("root"), rootHooks()).render(<App />);
