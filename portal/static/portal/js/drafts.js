// Keeps what is typed in forms with data-draft="<key>" on this device until the server confirms it.
// Confirmed means: htmx got a 2xx for the form, or the page shows an element whose data-client-id is
// the draft's client id (a stored message, or a Django message with extra_tags=<client id>).
// A draft keeps its client id once it was sent, so that sending it again cannot store it twice; as
// soon as its text changes it gets a new one.
import { isLogin } from "./session.js";
import { all, debounced, store, text, userId, uuid } from "./tools.js";

const PREFIX = "kip:draft:";
const KEEP = 14 * 86400000;
const FIELDS = "textarea[name], select[name], input[name]:not([type=hidden], [type=password], [type=file])";

const keyOf = (form) => `${PREFIX}${userId()}:${form.dataset.draft}`;
const clientId = (form) => form.querySelector("input[name=client_id]");

function values(form) {
  const out = {};
  for (const field of form.querySelectorAll(FIELDS)) {
    if (field.type === "checkbox") out[field.name] = field.checked;
    else if (field.type === "radio") {
      if (field.checked) out[field.name] = field.value;
    } else out[field.name] = field.value;
  }
  return out;
}

const hasText = (form) =>
  [...form.querySelectorAll("textarea[name], input[type=text][name]")].some((field) => field.value.trim());

function fill(form, kept) {
  for (const field of form.querySelectorAll(FIELDS)) {
    const value = kept[field.name];
    if (value === undefined) continue;
    if (field.type === "checkbox") field.checked = value;
    else if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function say(form, key) {
  const place = form.querySelector("[data-draft-state]");
  if (place) place.textContent = key ? text(key) : "";
}

/** Forget a form's draft: the server has it. */
export function confirm(form) {
  form.kipSave?.cancel();
  store.remove(keyOf(form));
  say(form, "");
}

function save(form, sent = false) {
  if (!hasText(form)) return confirm(form);
  store.write(keyOf(form), { at: Date.now(), values: values(form), clientId: clientId(form)?.value, sent });
  if (!sent) say(form, "draftSaved");
}

function onInput(form) {
  const kept = store.read(keyOf(form));
  const id = clientId(form);
  if (kept?.sent && id && id.value === kept.clientId) id.value = uuid();
  form.kipSave();
}

function restore(form) {
  const kept = store.read(keyOf(form));
  if (!kept || hasText(form)) return;
  fill(form, kept.values);
  form.kipSave.cancel();
  if (kept.sent && kept.clientId && clientId(form)) clientId(form).value = kept.clientId;
  say(form, "draftRestored");
}

function sweep() {
  const shown = new Set(all(document, "[data-client-id]").map((element) => element.dataset.clientId));
  for (const key of store.keys(PREFIX)) {
    const kept = store.read(key);
    if (!kept || Date.now() - kept.at > KEEP || (kept.clientId && shown.has(kept.clientId))) store.remove(key);
  }
}

export function init(root) {
  sweep();
  for (const form of all(root, "form[data-draft]")) {
    if (form.kipSave) continue;
    form.kipSave = debounced(() => save(form), 300);
    restore(form);
    form.addEventListener("input", () => onInput(form));
    form.addEventListener("submit", () => {
      form.kipSave.cancel();
      save(form, true);
    });
  }
}

export function start() {
  addEventListener("pagehide", () => {
    for (const form of document.querySelectorAll("form[data-draft]")) {
      if (!store.read(keyOf(form))?.sent && hasText(form)) save(form);
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt?.closest?.("form[data-draft]");
    const status = event.detail.xhr?.status ?? 0;
    if (form && status >= 200 && status < 300 && !isLogin(event.detail.xhr.responseURL)) confirm(form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-forget-drafts]")) return;
    for (const key of [...store.keys(`${PREFIX}${userId()}:`), ...store.keys(`kip:outbox:${userId()}:`)]) {
      store.remove(key);
    }
  });
}
