// @ts-check
// Tests `@throughline/browser/interactions`: keys and forms as parents, and names by role and label.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, hide, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** Markup that traces interactions and routes. @param {string} [options] */
const start = (options = "") => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { traceInteractions } from "/dist/interactions.js"; import { traceRoutes } from "/dist/routes.js";
   const client = init(${given}); window.stopRoutes = traceRoutes(); window.stop = traceInteractions(${options}); window.throughline = client;</script>`;

const PAGE = `
  <ul><li data-throughline-name="lamp"><b>Ada</b></li></ul>
  <button id="lamp" data-throughline-name="add lamp">Add</button> <button id="rug" aria-label="Add rug" onclick="get('/api/rug')">Add</button>
  <div id="tile" role="button" tabindex="0" class="tile">Ada Lovelace</div>
  <label>Search <input id="search"></label>
  <form id="login" data-throughline-name="sign in" onsubmit="event.preventDefault(); get('/api/login')"><input id="name" name="name"></form>
  <form id="send" onsubmit="event.preventDefault(); get('/api/sent')"><button id="go">Send</button></form>
  <script>
    const get = (path) => fetch(path).then((response) => response.text());
    document.getElementById("lamp").onclick = () => get("/api/lamp");
    tile.onkeydown = ({ key }) => { if (key == "Enter") get("/api/tile"); };
    addEventListener("keydown", (event) => {
      if (event.key == "k" && event.ctrlKey) { event.preventDefault(); get("/api/palette"); }
      if (event.key == "g" && event.target == document.body) history.pushState(null, "", "/orders/7"), get("/api/orders");
      if (event.key == "?" ) event.preventDefault();
    });
  </script>`;

/**
 * Opens the page, and returns the spans of its interactions, in the order of their beginning, after `work`.
 * @param {string} options @param {(page: import("./chromium.mjs").Page) => Promise<unknown>} work
 */
async function interactionsOf(options, work) {
  /** @type {import("./otlp.mjs").Span[]} */
  let spans = [];
  await visit({ start: start(options), body: PAGE }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await work(page);
    await hide(page);
    await flush(page);
    spans = site.receiver.spans().sort((a, b) => Number(a.start - b.start));
  });
  const interactions = spans.filter(({ name }) => /^(click|key|submit|navigation)/.test(name));
  return {
    names: interactions.map(({ name }) => name),
    interactions,
    /** The name of the parent of a request. @param {string} path */
    parentOf: (path) => {
      const request = spans.find(({ attributes }) => attributes["url.full"]?.endsWith(path) && attributes["http.request.method"]);
      return spans.find(({ spanId }) => spanId === request?.parentSpanId)?.name;
    },
  };
}

test("the INP of a key belongs to its span", () =>
  visit({ start: start(), body: `<p>Text</p><script>onkeydown = (event) => { event.preventDefault(); for (const end = performance.now() + 150; performance.now() < end; ); };</script>` }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.keyboard.press("Escape");
    const isKey = (/** @type {import("./otlp.mjs").Span} */ { name }) => name.startsWith("key Escape");
    // The span ends when the key has had no effect for a while.
    await until(async () => {
      await flush(page);
      return site.receiver.spans().some(isKey);
    }, "the key");
    await hide(page);
    const inp = await site.receiver.log(({ attributes }) => attributes["browser.web_vital.name"] === "inp", "INP");
    const key = site.receiver.spans().find(isKey);
    assert.ok(Number(inp.attributes["browser.web_vital.value"]) >= 120);
    assert.deepEqual([inp.traceId, inp.spanId], [key?.traceId, key?.spanId]);
  }));

test("a key that does something is the parent of that, by its role and name, and one that does nothing is none", async () => {
  const { names, parentOf, interactions } = await interactionsOf("", async (page) => {
    await page.focus("#tile");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.focus("#search");
    await page.keyboard.type("Ada@home?");
    await page.keyboard.press("Control+k");
    await page.evaluate("document.activeElement.blur()");
    await page.keyboard.press("x");
  });
  assert.deepEqual(names, ["key Enter button#tile", "key Control+K textbox#search"]);
  assert.equal(parentOf("/api/tile"), "key Enter button#tile");
  assert.equal(parentOf("/api/palette"), "key Control+K textbox#search");
  const { attributes } = interactions[0] ?? { attributes: {} };
  assert.equal(attributes["throughline.interaction.key"], "Enter");
  assert.equal(attributes["browser.tag_name"], "div");
  assert.match(attributes["browser.css_selector"], /div#tile$/);
  assert.equal(attributes["app.widget.name"], undefined);
  assert.doesNotMatch(JSON.stringify(interactions.map(({ name, attributes }) => [name, attributes])), /Ada|Lovelace/);
});

test("a shortcut leads to a route, and the route to its request", async () => {
  const { names, parentOf, interactions } = await interactionsOf("", (page) => page.keyboard.press("g"));
  assert.deepEqual(names, ["key G body", "navigation /orders/{id}"]);
  assert.equal(interactions[1]?.parentSpanId, interactions[0]?.spanId);
  assert.equal(parentOf("/api/orders"), "navigation /orders/{id}");
});

test("a form is submitted by a key, or as a part of the click on its button", async () => {
  const { names, parentOf, interactions } = await interactionsOf("", async (page) => {
    await page.focus("#name");
    await page.keyboard.type("Ada");
    await page.keyboard.press("Enter");
    await page.click("#go");
  });
  assert.deepEqual(names, ["key Enter textbox \"sign in\"", "submit form \"sign in\"", "click button#go", "submit form#send"]);
  assert.equal(parentOf("/api/login"), 'submit form "sign in"');
  assert.equal(parentOf("/api/sent"), "submit form#send");
  const [key, login, click, send] = interactions;
  assert.deepEqual([login?.parentSpanId, send?.parentSpanId], [key?.spanId, click?.spanId]);
  assert.equal(login?.attributes["app.widget.name"], "sign in");
});

test("two buttons with the same text differ by what their author has named them, and by labels if the page wants it", async () => {
  const work = async (/** @type {import("./chromium.mjs").Page} */ page) => {
    await page.click("#lamp");
    await page.click("#rug");
    await page.click("li b");
    await page.click("#search");
  };
  const plain = await interactionsOf("", work);
  assert.deepEqual(plain.names, ['click button "add lamp"', "click button#rug", 'click listitem "lamp"', "click textbox#search"]);
  assert.deepEqual([plain.parentOf("/api/lamp"), plain.parentOf("/api/rug")], ['click button "add lamp"', "click button#rug"]);
  const { attributes } = plain.interactions[0] ?? { attributes: {} };
  assert.equal(attributes["app.widget.name"], "add lamp");
  assert.equal(attributes["browser.mouse_event.button"], 0);
  assert.equal(attributes["browser.tag_name"], "button");
  assert.match(attributes["browser.css_selector"], /button#lamp$/);
  const labelled = await interactionsOf("{ accessibleNames: true }", work);
  assert.deepEqual(labelled.names, ['click button "add lamp"', 'click button "Add rug"', 'click listitem "lamp"', 'click textbox "Search"']);
});

const NAMED = `
  <span id="of-the-cart" hidden>to the cart</span><b id="add">Add</b>
  <button aria-labelledby="add of-the-cart">+</button> <button><svg aria-hidden="true"><text>icon</text></svg> Add <i>lamp</i></button>
  <button>Add <img src="data:," alt="rug"></button> <button title="Remove"><svg></svg></button> <a href="#help">Help</a> <a>Nowhere</a>
  <input type="submit" value="Pay"> <input type="checkbox" title="Agree"> <input placeholder="Street" value="Byron Row 1">
  <label>Size <select><option>Large</option></select></label> <label>Note <textarea>for Ada</textarea></label>
  <div role="tab presentation">Orders</div> <div contenteditable>Dear Ada</div> <p>Ada Lovelace</p> <button></button>
  <script>addEventListener("click", (event) => event.preventDefault())</script>`;

test("an element is named by its accessible name if the page wants it, and never by what a person has written", async () => {
  const namesOf = async (/** @type {string} */ options) => {
    /** @type {string[]} */
    let names = [];
    await visit({ start: start(options), body: NAMED }, async (page, site) => {
      await page.waitForFunction("window.throughline");
      for (const one of await page.$$("button,a,input,select,textarea,div,p")) await one.click({ position: { x: 1, y: 1 } });
      await hide(page);
      await flush(page);
      names = site.receiver.spans().filter(({ name }) => name.startsWith("click")).sort((a, b) => Number(a.start - b.start)).map(({ name }) => name);
    });
    return names;
  };
  const roles = ["button", "button", "button", "button", "link", "a", "button", "checkbox", "textbox", "combobox", "textbox", "tab", "div", "p", "button"].map((role) => `click ${role}`);
  assert.deepEqual(await namesOf(""), roles);
  const labels = ["Add to the cart", "Add lamp", "Add rug", "Remove", "Help", "", "Pay", "Agree", "Street", "Size", "Note", "Orders", "", "", ""];
  assert.deepEqual(await namesOf("{ accessibleNames: true }"), roles.map((role, at) => `${role}${labels[at] && ` "${labels[at]}"`}`));
});

test("what is off, or stopped, is not recorded", async () => {
  const off = await interactionsOf("{ keys: false, forms: false }", async (page) => {
    await page.keyboard.press("Control+k");
    await page.click("#go");
  });
  assert.deepEqual(off.names, ["click button#go"]);
  const stopped = await interactionsOf("", async (page) => {
    await page.evaluate("stop()");
    await page.keyboard.press("Control+k");
    await page.click("#lamp");
  });
  assert.deepEqual(stopped.names, ["click button#lamp"]);
  assert.equal(stopped.parentOf("/api/lamp"), "click button#lamp");
});
