// Light, dark, or as the device has it: kept in a cookie (for the server) and in localStorage.
import { all } from "./tools.js";

const YEAR = 31536000;
const current = () => document.documentElement.dataset.theme ?? "auto";

function choose(theme) {
  const root = document.documentElement;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  const age = theme === "auto" ? 0 : YEAR;
  document.cookie = `kip_theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
  try {
    if (theme === "auto") localStorage.removeItem("kip:theme");
    else localStorage.setItem("kip:theme", theme);
  } catch {
    // The cookie carries it alone where storage is switched off.
  }
  show(document);
}

function show(root) {
  for (const button of all(root, "[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current()));
  }
}

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (button) choose(button.dataset.themeChoice);
  });
}

export const init = show;
