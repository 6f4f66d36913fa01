// @ts-check
// The control that pauses a list which grows by itself.

import { h, icon } from "./dom.js";
import { grouped } from "./format.js";

/** @param {() => void} resumed */
export function pauseButton(resumed) {
  let paused = false;
  const words = h("span", {}, "Pause");
  const button = h(
    "button",
    { type: "button", class: "toggle", "aria-pressed": "false", title: "New ones wait (p)", onclick: toggle },
    icon("pause"),
    words,
  );
  const note = h("span", { class: "paused-note", role: "status" });
  const element = h("span", { class: "pause" }, button, note);

  function toggle() {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    words.textContent = paused ? "Resume" : "Pause";
    note.textContent = paused ? "paused" : "";
    if (!paused) resumed();
  }

  return {
    element,
    isPaused: () => paused,
    toggle,
    /**
     * Says how many wait.
     * @param {number} count
     * @param {boolean} orMore
     */
    waiting(count, orMore) {
      if (!paused) return;
      const text = count > 0 ? `paused, ${grouped(count)}${orMore ? " or more" : ""} new` : "paused";
      if (note.textContent !== text) note.textContent = text;
    },
  };
}
