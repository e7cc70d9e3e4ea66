// Suggestions while typing. <textarea|input data-suggest-url="..." data-suggest-panel="#id">: the
// server's fragment for ?q= goes into the panel. Waits 250 ms, aborts what is under way, and drops
// an answer that is no longer the latest. The panel follows the field in the tab order; Arrow Down at
// the end of the text enters it, Arrow keys move, Escape returns.
import { all, debounced, text } from "./tools.js";

const WAIT = 250;
const SHORTEST = 2;

/** A function that fetches only the latest query; calls `show(html, query)` with fresh answers. */
export function latest(show) {
  let turn = 0;
  let running = null;
  return async function fetchLatest(address, query, values = {}) {
    running?.abort();
    running = new AbortController();
    const mine = ++turn;
    const url = new URL(address, location.href);
    // An address has a longest length; the beginning says what a question is about.
    url.searchParams.set("q", [...query].slice(0, 600).join(""));
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
    try {
      const answer = await fetch(url, { signal: running.signal, headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) return;
      const html = await answer.text();
      if (mine === turn) show(html, query);
    } catch (error) {
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
    }
  };
}

function announce(panel) {
  const status = panel.parentElement.querySelector("[data-suggest-status]");
  const found = panel.querySelectorAll("[data-suggest-item]").length;
  if (status) status.textContent = found ? text("suggestionsCount", { n: found }) : "";
}

function attach(field) {
  const panel = document.querySelector(field.dataset.suggestPanel);
  if (!panel || field.kipSuggest) return;
  const load = latest((html) => {
    if (panel.contains(document.activeElement)) return;
    panel.innerHTML = html;
    window.htmx?.process(panel);
    announce(panel);
  });
  const ask = debounced(() => {
    const query = field.value.trim();
    const values = {};
    for (const name of (field.dataset.suggestWith ?? "").split(" ").filter(Boolean)) {
      values[name] = field.form?.elements[name]?.value ?? "";
    }
    if ([...query].length < SHORTEST) panel.replaceChildren();
    else load(field.dataset.suggestUrl, query, values);
  }, WAIT);
  field.kipSuggest = true;
  field.addEventListener("input", ask);
  if (field.value.trim()) ask();
  keys(field, panel);
}

const stops = (panel) => [...panel.querySelectorAll("a[href], button:not([disabled])")];

function keys(field, panel) {
  field.addEventListener("keydown", (event) => {
    const atEnd = field.selectionStart === field.value.length;
    if (event.key === "ArrowDown" && atEnd && stops(panel).length) {
      event.preventDefault();
      stops(panel)[0].focus();
    } else if (event.key === "Escape" && panel.childElementCount) {
      panel.replaceChildren();
    }
  });
  panel.addEventListener("keydown", (event) => {
    const list = stops(panel);
    const at = list.indexOf(document.activeElement);
    if (event.key === "Escape" || (event.key === "ArrowUp" && at === 0)) {
      event.preventDefault();
      field.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      list[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    }
  });
}

export function init(root) {
  for (const field of all(root, "[data-suggest-url]")) attach(field);
}
