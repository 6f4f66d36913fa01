// @ts-check
// The view that says what a page or a service needs, and waits for its first event.

/** @import { View } from "../types" */
/** @import { Kind } from "./snippets.js" */

import { copyButton, fill, h, icon } from "../dom.js";
import { replaceParameters } from "../navigation.js";
import { serviceDot } from "../services.js";
import { atMostEvery } from "../throttle.js";
import { firstEventOf } from "./first-event.js";
import { KINDS } from "./snippets.js";

/**
 * @param {URL} address
 * @returns {View}
 */
export function addView(address) {
  let kind = kindOf(address);
  let service = address.searchParams.get("service") ?? "";
  /** @type {Awaited<ReturnType<typeof firstEventOf>> | null} */
  let wait = null;
  let waits = 0;
  let isBeginning = false;
  let hasCome = false;

  const steps = h("ol", { class: "steps" });
  const status = h("div", { class: "first-event", role: "status" });
  const name = h("input", { type: "text", name: "service", maxlength: "120", autocomplete: "off", spellcheck: "false", oninput: renamed });
  name.value = service;
  const choices = KINDS.map((one) => {
    const input = h("input", { type: "radio", name: "kind", value: one.id, onchange: () => choose(one) });
    return { one, input, label: h("label", { class: "kind" }, input, h("span", {}, one.name)) };
  });
  const element = h(
    "section",
    { class: "add-view" },
    h(
      "div",
      { class: "add" },
      h("h1", {}, "Add a page"),
      h("fieldset", { class: "kinds" }, h("legend", {}, "What is it made with?"), ...choices.map(({ label }) => label)),
      h("label", { class: "add-service" }, h("span", {}, "Its name"), name),
      steps,
      status,
    ),
  );

  const look = atMostEvery(300, async () => {
    const current = wait;
    if (hasCome) return;
    if (!current) return void begin();
    const first = await current.look().catch(() => null);
    if (!first || current !== wait || hasCome) return;
    hasCome = true;
    status.classList.add("come");
    fill(
      status,
      icon("check"),
      h("p", {}, "First event came from ", serviceDot(first.service), " ", h("b", {}, first.service), ": ", h("a", { href: first.address }, first.name)),
    );
  });

  function serviceName() {
    return service.trim() || kind.service;
  }

  /** Shows what is to be done, and waits from now on. */
  async function show() {
    for (const { one, input } of choices) input.checked = one === kind;
    name.placeholder = kind.service;
    const all = kind.steps(location.origin, serviceName());
    fill(
      steps,
      ...all.map(({ text, code }) =>
        h("li", {}, h("p", {}, text), h("div", { class: "code" }, h("pre", { tabindex: "0", role: "region", "aria-label": text }, h("code", {}, code)), copyButton(code, "Copy"))),
      ),
      h("li", {}, h("p", {}, kind.then)),
    );
    waits++;
    wait = null;
    isBeginning = false;
    hasCome = false;
    status.classList.remove("come");
    fill(status, h("span", { class: "waiting", "aria-hidden": "true" }), h("p", {}, "Waits for the first event of ", h("b", {}, serviceName())));
    await begin();
  }

  /** Begins to wait; where the program does not respond, the next look tries again. */
  async function begin() {
    if (isBeginning) return;
    isBeginning = true;
    const number = waits;
    const begun = await firstEventOf(serviceName()).catch(() => null);
    if (number !== waits) return;
    isBeginning = false;
    wait = begun;
    if (begun) look();
  }

  /** @param {Kind} one */
  function choose(one) {
    kind = one;
    replaceParameters({ with: one.id });
    void show();
  }

  function renamed() {
    service = name.value;
    replaceParameters({ service });
    void show();
  }

  void show();
  return {
    element,
    title: "Add a page",
    keys: [
      { keys: ["y"], description: "Copy the last code", run: () => [...steps.querySelectorAll("button")].at(-1)?.click() },
    ],
    changed() {
      look();
    },
    moved(there) {
      kind = kindOf(there);
      service = there.searchParams.get("service") ?? "";
      name.value = service;
      void show();
    },
    shown() {
      choices.find(({ one }) => one === kind)?.input.focus();
    },
  };
}

/** @param {URL} address */
function kindOf(address) {
  const id = address.searchParams.get("with");
  return KINDS.find((kind) => kind.id === id) ?? /** @type {Kind} */ (KINDS[0]);
}
