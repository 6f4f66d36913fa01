// @ts-check
// The page that is measured with each program, and what it does when it is told to.

/**
 * The page's markup. What the program's file imports begins to load with it, as bundlers write it.
 * @param {string} collector the origin that takes telemetry @param {string[]} files of the program, its entry first
 */
export const html = (collector, [entry, ...imported]) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<link rel="icon" href="data:,">
<script>COLLECTOR = "${collector}"; begun = performance.now();</script>
${imported.map((file) => `<link rel="modulepreload" href="/${file}">`).join("")}
<script type="module" src="/${entry}"></script>
<script type="module">performance.mark("ready"); window.ready = performance.now();</script>
</head><body><h1>Shop</h1>
${ITEMS.map((item) => `<p>${item} <button id="${item}">Buy a ${item}</button></p>`).join("\n")}
<p id="shown">0</p>
<script>
(${define})();
</script></body></html>`;

const ITEMS = ["lamp", "chair", "table", "shelf", "rug"];

/** Defines the work of the page as functions of the window. */
function define() {
  const page = /** @type {any} */ (window);
  /** @type {Promise<string>[]} */
  let pending = [];
  let asked = 0;
  let thrown = 0;
  page.nothing = () => {};
  /** Begins requests in one task. @param {number} count */
  page.ask = (count) => {
    for (let one = 0; one < count; one++) pending.push(fetch(`/api/items?page=${++asked}`).then((response) => response.text()));
  };
  /** Resolves once all have ended. */
  page.asked = async () => void (await Promise.all(pending.splice(0)));
  /** Reports errors in one task, as the browser does with one that nobody catches. @param {number} count */
  page.fail = (count) => {
    for (let one = 0; one < count; one++) reportError(new RangeError(`nothing in stock: order ${++thrown}`));
  };
  /** The middle of each button. */
  page.buttons = () =>
    [...document.querySelectorAll("button")].map((button) => {
      const { x, y, width, height } = button.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    });
  /** Makes the page believe that it is hidden and shown again. */
  page.hide = () => {
    for (const state of ["hidden", "visible"]) {
      Object.defineProperty(Document.prototype, "visibilityState", { get: () => state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }
  };
  /** Draws a list anew, as a page does that sorts it. @param {number} count of its rows */
  page.draw = (count) => {
    const rows = Array.from({ length: count }, (_, at) => {
      const row = document.createElement("li");
      row.innerHTML = `<a href="/items/${at}" class="item name">Item ${at} of the list</a> <span class="price">${at * 7}.50 €</span> <em class="stock">${at % 5} in stock</em>`;
      return row;
    });
    const list = document.querySelector("ul") ?? document.body.appendChild(document.createElement("ul"));
    list.replaceChildren(...rows.sort(() => page.drawn++ % 3 - 1));
  };
  page.drawn = 0;
  /** Works for some milliseconds. @param {number} ms */
  const work = (ms) => {
    for (const end = performance.now() + ms; performance.now() < end; );
  };
  /** Becomes a busy page: work in each 50 ms, and clicks that work, ask the server and change the page. */
  page.beBusy = () => {
    const shown = /** @type {HTMLElement} */ (document.getElementById("shown"));
    setInterval(() => work(10), 50);
    addEventListener("click", () => {
      work(20);
      page.ask(2);
      shown.textContent = String(asked);
    });
    /** @type {Map<number, number>} */
    const durations = new Map();
    new PerformanceObserver((list) => {
      for (const { interactionId, duration } of /** @type {any[]} */ (list.getEntries()))
        if (interactionId) durations.set(interactionId, Math.max(duration, durations.get(interactionId) ?? 0));
    }).observe(/** @type {any} */ ({ type: "event", durationThreshold: 16, buffered: true }));
    page.durations = () => [...durations.values()];
  };
}
