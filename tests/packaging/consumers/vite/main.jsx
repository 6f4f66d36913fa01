// The page's script.

import "./telemetry.js";
import { rootHooks } from "@throughline/react";
import { createRoot } from "react-dom/client";
import { Shop } from "../Shop.jsx";

createRoot(document.getElementById("root"), rootHooks()).render(<Shop />);
