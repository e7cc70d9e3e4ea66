// The command palette: Ctrl-K (or Cmd-K) anywhere in the workspace. Filters the commands on the page
// at once and asks data-palette-url for knowledge, questions and people.
import { latest } from "./suggest.js";
import { composing, debounced } from "./tools.js";

let dialog = null;
let input = null;

const options = () => [...dialog.querySelectorAll("[role=option]")].filter((option) => !option.hidden);

function select(option) {
  for (const other of dialog.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
  if (option) {
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  } else input.removeAttribute("aria-activedescendant");
}

function filter(query) {
  const wanted = query.toLocaleLowerCase();
  const group = dialog.querySelector("[data-palette-commands]");
  let shown = 0;
  for (const option of group.querySelectorAll("[role=option]")) {
    option.hidden = !option.textContent.toLocaleLowerCase().includes(wanted);
    if (!option.hidden) shown += 1;
  }
  group.hidden = shown === 0;
  select(options()[0]);
}

function move(step) {
  const list = options();
  const at = list.findIndex((option) => option.getAttribute("aria-selected") === "true");
  select(list[(at + step + list.length) % list.length]);
}

function onKey(event) {
  if (composing(event)) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    dialog.querySelector("[aria-selected=true]")?.click();
  } else if (event.key === "Escape") {
    // A search field would only empty itself.
    event.preventDefault();
    dialog.close();
  }
}

function open() {
  input.value = "";
  dialog.querySelector("[data-palette-results]").replaceChildren();
  filter("");
  if (!dialog.open) dialog.showModal();
  input.focus();
}

export function start() {
  dialog = document.querySelector("[data-palette]");
  if (!dialog) return;
  input = dialog.querySelector("input");
  const results = dialog.querySelector("[data-palette-results]");
  const load = latest((html) => {
    results.innerHTML = html;
    if (!dialog.querySelector("[aria-selected=true]")) select(options()[0]);
  });
  const ask = debounced((query) => load(dialog.dataset.paletteUrl, query), 200);
  input.addEventListener("input", () => {
    const query = input.value.trim();
    filter(query);
    if (!dialog.dataset.paletteUrl) return;
    if (query) ask(query);
    else {
      ask.cancel();
      results.replaceChildren();
    }
  });
  input.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
}
