// Keeps "3 minutes ago" true while a page stays open. The server wrote the first text.
import { all } from "./tools.js";

const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
const WEEK = 7 * 86400;

function refresh() {
  for (const element of all(document, "[data-ago]")) {
    const seconds = (Date.now() - Date.parse(element.dateTime)) / 1000;
    if (seconds < 60 || seconds > WEEK) continue;
    if (seconds < 3600) element.textContent = words.format(-Math.floor(seconds / 60), "minute");
    else if (seconds < 86400) element.textContent = words.format(-Math.floor(seconds / 3600), "hour");
    else element.textContent = words.format(-Math.floor(seconds / 86400), "day");
  }
}

export function start() {
  setInterval(refresh, 60000);
}
