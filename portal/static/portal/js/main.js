// Starts every module on the page and again on whatever htmx brings in. Each module works alone,
// looks only at data attributes, and leaves a page that works without it.
import * as dialogs from "./dialogs.js";
import * as drafts from "./drafts.js";
import * as fields from "./fields.js";
import * as files from "./files.js";
import * as live from "./live.js";
import * as mentions from "./mentions.js";
import * as palette from "./palette.js";
import * as session from "./session.js";
import * as suggest from "./suggest.js";
import * as theme from "./theme.js";
import * as thread from "./thread.js";
import * as times from "./times.js";
import * as toasts from "./toasts.js";

const modules = [theme, dialogs, toasts, session, fields, files, drafts, suggest, live, mentions, thread, palette, times];

for (const module of modules) module.start?.();
for (const module of modules) module.init?.(document);

document.addEventListener("htmx:load", (event) => {
  if (event.target === document.body) return;
  for (const module of modules) module.init?.(event.target);
});
