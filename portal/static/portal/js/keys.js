// Keys of the workspace, all with Alt so that they never take a letter from somebody who types:
// an element with aria-keyshortcuts="Alt+R" is pressed (a field is focused) by that key, and
// Alt+J / Alt+K open the next and the previous row of the list [data-key-list].
import { composing } from "./tools.js";

const FIELDS = "input, textarea, select";

function press(element) {
  if (element.matches(FIELDS)) element.focus();
  else element.click();
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-key-list] > li")];
  const at = rows.findIndex((row) => row.querySelector("[aria-current=true]"));
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
  next?.querySelector("a[href]")?.click();
}

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || composing(event)) return;
  const letter = event.code.startsWith("Key") ? event.code.slice(3) : "";
  if (!letter) return;
  const target = document.querySelector(`[aria-keyshortcuts="Alt+${letter}"]`);
  if (!target && letter !== "J" && letter !== "K") return;
  event.preventDefault();
  if (target) press(target);
  else step(letter === "J" ? 1 : -1);
});
