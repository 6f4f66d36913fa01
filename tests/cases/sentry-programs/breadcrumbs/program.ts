// Breadcrumbs of the page's own, of the console, of requests, of the history and of a click.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  beforeBreadcrumb(breadcrumb, hint) {
    if (breadcrumb.category === "secret") return null;
    if (breadcrumb.category === "hinted") breadcrumb.message = `hint ${hint?.["n"]}`;
    return breadcrumb;
  },
});

Sentry.addBreadcrumb({ category: "auth", message: "signed in", level: "info", data: { user: "ada", tries: 2 } });
Sentry.addBreadcrumb({ category: "secret", message: "never" });
Sentry.addBreadcrumb({ category: "hinted", message: "" }, { n: 3 });
Sentry.addBreadcrumb({ message: "without a category", level: "warning" });
console.info("loaded", 12);
await fetch("/api/stock?sku=lamp");
await fetch("/api/status?code=404");
history.pushState(null, "", "/basket");
document.body.innerHTML = "<button id=buy>Buy</button>";
await clicked("#buy");
Sentry.captureException(new Error("after all that"));
Sentry.captureException(new Error("after an error"));
