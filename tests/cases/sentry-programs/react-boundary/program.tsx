// Error boundaries and hooks of a React app.

import * as Sentry from "@sentry/react";
import { useState, type ReactNode } from "react";
import { createRoot } from "react-dom/client";

Sentry.init({ dsn: DSN, release: "shop-react@4.5.6", tracesSampleRate: 1, integrations: [Sentry.browserTracingIntegration({ idleTimeout: 100, finalTimeout: 400 })] });
Sentry.setTag("app", "shop");

function Basket({ items }: { items: number }): ReactNode {
  const [count, setCount] = useState(items);
  if (count > 2) throw new RangeError("the basket is full");
  return (
    <button id="add" onClick={() => setCount(count + 1)}>
      Add
    </button>
  );
}

const Wrapped = Sentry.withErrorBoundary(({ name }: { name: string }): ReactNode => {
  throw new TypeError(`no ${name}`);
}, { fallback: <i id="wrapped">Gone</i>, onError: (error, componentStack, eventId) => note("wrapped", (error as Error).message, componentStack.length > 0, eventId === Sentry.lastEventId()) });

const Profiled = Sentry.withProfiler(() => <b>profiled</b>, { name: "Profiled" });

createRoot(document.body.appendChild(document.createElement("div"))).render(<Profiled />);

const root = document.body.appendChild(document.createElement("div"));
createRoot(root, {
  onUncaughtError: Sentry.reactErrorHandler((error, _info, eventId) => note("uncaught", (error as Error).message, eventId.length)),
}).render(
  <>
    <Sentry.ErrorBoundary
      beforeCapture={(scope, error) => {
        scope.setTag("boundary", "basket");
        scope.setContext("thrown", { name: (error as Error).name });
      }}
      fallback={({ error, componentStack, eventId, resetError }) => (
        <button id="again" onClick={resetError} title={`${(error as Error).message} ${componentStack.length > 0} ${eventId.length}`}>
          Again
        </button>
      )}
      onReset={(error) => note("reset", (error as Error).message)}
    >
      <Basket items={2} />
    </Sentry.ErrorBoundary>
    <Wrapped name="price" />
  </>,
);

await clicked("#add");
await shown("#again");
note(document.querySelector<HTMLElement>("#again")?.title);
await clicked("#again");
await shown("#add");

const other = document.body.appendChild(document.createElement("div"));
createRoot(other, {
  onUncaughtError: Sentry.reactErrorHandler((error) => other.append((error as Error).message)),
}).render(<Basket items={7} />);
await until(() => other.textContent === "the basket is full");
Sentry.captureMessage("afterwards");
// The load of the page has ended by then.
await new Promise((resolve) => setTimeout(resolve, 600));
