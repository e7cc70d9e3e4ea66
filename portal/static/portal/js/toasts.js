// Short confirmations. A good one leaves by itself after a while, unless it is being read
// (hovered, focused); errors and warnings stay until they are closed.
import { all } from "./tools.js";

const STAY = 6000;

function leave(toast) {
  if (!toast.isConnected) return;
  if (toast.matches(":hover, :focus-within")) setTimeout(leave, STAY, toast);
  else toast.remove();
}

/** Show `message`; kind: "success" | "info" | "warning" | "error". */
export function toast(message, kind = "success") {
  const region = document.querySelector("[data-toasts]");
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const element = template.content.firstElementChild.cloneNode(true);
  element.classList.add(`toast--${kind}`);
  element.querySelector(".toast__text").textContent = message;
  region.append(element);
  init(element);
}

export function init(root) {
  for (const element of all(root, "[data-toast]")) {
    if (!element.matches(".toast--error, .toast--warning")) setTimeout(leave, STAY, element);
  }
}

export function start() {
  document.addEventListener("click", (event) => {
    event.target.closest("[data-toast-close]")?.closest("[data-toast]")?.remove();
  });
  document.addEventListener("kip:toast", (event) => toast(event.detail.text, event.detail.kind));
}
