// Sends messages without leaving the page. A message shows at once as "sending"; a client id makes
// sure that sending again stores it once. What could not be sent stays in the list with a button, and
// in the outbox on this device, so that a reload keeps it. Refused text goes back into the field.
// The form: data-thread-form, data-thread-list="#id", [data-typing-channel], [data-enter-sends].
// A list with data-thread-refresh="<address>" asks it for ?after=<data-version> on every kip:frame, and
// puts what comes into the place of the message that is there, or at the end.
import { confirm as draftConfirmed } from "./drafts.js";
import { typing } from "./live.js";
import { isLogin, sessionEnded } from "./session.js";
import { all, composing, csrfToken, store, text, userId, uuid } from "./tools.js";
import { toast } from "./toasts.js";

const TYPING_EVERY = 3000;
const NEAR = 160;

const listOf = (form) => document.querySelector(form.dataset.threadList);
const boxKey = (form) => `kip:outbox:${userId()}:${form.dataset.draft ?? form.action}`;
const box = (form) => store.read(boxKey(form)) ?? [];
const byClientId = (list, id) => (id ? list?.querySelector(`[data-client-id="${CSS.escape(id)}"]`) : null);

function keep(form, message) {
  store.write(boxKey(form), [...box(form).filter((other) => other.client_id !== message.client_id), message]);
}

function forget(form, id) {
  const rest = box(form).filter((message) => message.client_id !== id);
  if (rest.length) store.write(boxKey(form), rest);
  else store.remove(boxKey(form));
}

function scroller(list) {
  for (let element = list.parentElement; element; element = element.parentElement) {
    const flow = getComputedStyle(element).overflowY;
    if ((flow === "auto" || flow === "scroll") && element.scrollHeight > element.clientHeight) return element;
  }
  return document.scrollingElement;
}

function toEnd(list) {
  const place = scroller(list);
  place.scrollTo({ top: place.scrollHeight });
}

function draw(form, message) {
  const item = document.createElement("li");
  item.className = "message message--own message--new";
  if (message.visibility === "internal" || form.matches(".composer--note")) item.classList.add("message--note");
  item.dataset.clientId = message.client_id;
  item.dataset.pending = "";
  const bubble = document.createElement("div");
  bubble.className = "message__bubble";
  const words = document.createElement("div");
  words.className = "message__text";
  words.textContent = message.text;
  bubble.append(words);
  const state = document.createElement("div");
  state.className = "message__state";
  state.setAttribute("role", "status");
  item.append(bubble, state);
  return item;
}

function mark(form, item, message, state) {
  item.dataset.state = state;
  const place = item.querySelector(".message__state");
  place.replaceChildren(text(state === "sending" ? "sending" : "notSent"));
  if (state !== "failed") return;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "button button--s";
  again.textContent = text("retry");
  again.addEventListener("click", () => deliver(form, message, item));
  place.append(again);
}

/** Put rendered messages into a list; returns the highest version among them. */
function merge(list, html) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  let newest = 0;
  for (const fresh of answer.content.querySelectorAll("li.message")) {
    newest = Math.max(newest, Number(fresh.dataset.version) || 0);
    const there = document.getElementById(fresh.id) ?? byClientId(list, fresh.dataset.clientId);
    if (there?.contains(document.activeElement) && there.hasAttribute("data-editing")) continue;
    if (there) there.replaceWith(fresh);
    else list.append(fresh);
    window.htmx?.process(fresh);
  }
  return newest;
}

function place(list, item, html) {
  merge(list, html);
  if (item.isConnected) item.remove();
}

/** Ask for what came after the list's version. One request at a time; a frame meanwhile asks again. */
async function refresh(list) {
  if (list.kipAsking) {
    list.kipAgain = true;
    return;
  }
  list.kipAsking = true;
  list.kipAgain = false;
  try {
    const url = new URL(list.dataset.threadRefresh, location.href);
    url.searchParams.set("after", list.dataset.version || "0");
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (answer.ok && !answer.redirected) {
      const newest = merge(list, await answer.text());
      if (newest > Number(list.dataset.version)) list.dataset.version = newest;
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  } finally {
    list.kipAsking = false;
  }
  if (list.kipAgain) refresh(list);
}

function giveBack(form, message, html) {
  const area = form.elements.text;
  if (!area.value.trim()) area.value = message.text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  const error = form.querySelector("[data-form-error]");
  if (error && html) error.innerHTML = html;
  area.focus();
}

async function deliver(form, message, item) {
  mark(form, item, message, "sending");
  const body = new FormData();
  for (const [name, value] of Object.entries(message)) {
    for (const one of [value].flat()) body.append(name, one);
  }
  let answer;
  try {
    answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return mark(form, item, message, "failed");
  }
  if (answer.status === 401 || (answer.redirected && isLogin(answer.url))) {
    mark(form, item, message, "failed");
    return sessionEnded();
  }
  if (answer.status >= 500) return mark(form, item, message, "failed");
  const html = await answer.text();
  forget(form, message.client_id);
  if (answer.ok) return place(listOf(form), item, html);
  item.remove();
  if (answer.status === 422) giveBack(form, message, html);
  else {
    giveBack(form, message, "");
    toast(text("refused"), "error");
  }
}

function onSubmit(event) {
  const form = event.currentTarget;
  const list = listOf(form);
  const hasFile = [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
  if (!list || hasFile || event.defaultPrevented) return;
  event.preventDefault();
  const words = form.elements.text.value.trim();
  if (!words) return;
  const message = {};
  for (const [name, value] of new FormData(form)) {
    if (name === "csrfmiddlewaretoken" || value instanceof File) continue;
    message[name] = name in message ? [message[name], value].flat() : value;
  }
  message.text = words;
  keep(form, message);
  form.elements.text.value = "";
  form.elements.text.style.blockSize = "";
  form.elements.client_id.value = uuid();
  form.querySelector("[data-form-error]")?.replaceChildren();
  for (const chip of form.querySelectorAll("[data-citation]")) chip.remove();
  draftConfirmed(form);
  const item = draw(form, message);
  list.append(item);
  toEnd(list);
  deliver(form, message, item);
}

function onKey(event) {
  if (event.key !== "Enter" || composing(event) || event.shiftKey) return;
  const form = event.target.form;
  if (!event.ctrlKey && !event.metaKey && !form.hasAttribute("data-enter-sends")) return;
  event.preventDefault();
  form.requestSubmit();
}

function watch(list) {
  let last = list.lastElementChild;
  new MutationObserver(() => {
    for (const pending of list.querySelectorAll("[data-pending]")) {
      const id = CSS.escape(pending.dataset.clientId);
      if (list.querySelector(`[data-client-id="${id}"]:not([data-pending])`)) pending.remove();
    }
    const place = scroller(list);
    const near = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR + (list.lastElementChild?.offsetHeight ?? 0);
    if (list.lastElementChild !== last && near) toEnd(list);
    last = list.lastElementChild;
  }).observe(list, { childList: true });
}

function attach(form) {
  if (form.kipThread) return;
  form.kipThread = true;
  form.addEventListener("submit", onSubmit);
  const area = form.elements.text;
  area.addEventListener("keydown", onKey);
  let told = 0;
  area.addEventListener("input", () => {
    const note = form.elements.visibility?.value === "internal";
    if (!form.dataset.typingChannel || note || Date.now() - told < TYPING_EVERY) return;
    told = Date.now();
    typing(form.dataset.typingChannel);
  });
  const list = listOf(form);
  if (!list) return;
  watch(list);
  for (const message of box(form)) {
    if (byClientId(list, message.client_id)) forget(form, message.client_id);
    else {
      const item = draw(form, message);
      list.append(item);
      mark(form, item, message, "failed");
    }
  }
}

export function init(root) {
  for (const form of all(root, "form[data-thread-form]")) attach(form);
  for (const list of all(root, "[data-thread-refresh]")) {
    if (list.kipRefresh) continue;
    list.kipRefresh = true;
    list.addEventListener("kip:frame", () => refresh(list));
  }
}

export function start() {
  addEventListener("online", () => {
    for (const button of document.querySelectorAll('.message[data-state="failed"] .message__state button')) {
      button.click();
    }
  });
}
