// Sends messages without leaving the page. A message shows at once as "sending"; a client id makes
// sure that sending again stores it once. What could not be sent stays in the list with a button, and
// in the outbox on this device, so that a reload keeps it. Refused text goes back into the field.
// The form: data-thread-form, data-thread-list="#id", [data-typing-channel], [data-enter-sends].
// A list with data-thread-refresh="<address>" asks it for ?after=<data-version> on every kip:frame, and
// puts what comes into the place of the message that is there, or at the end. What comes while nobody
// looks at the page stays unread: the request says seen=0, and a border marks where the new begins.
// A link with data-reply-to="<id>" makes the form a reply to that message, in [data-reply].
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

/** Make the form a reply to a message of its list, or with null no reply. */
function replyTo(form, message) {
  const bar = form.querySelector("[data-reply]");
  if (!bar) return;
  bar.hidden = !message;
  form.elements.reply_to.value = message?.id.replace("message-", "") ?? "";
  bar.querySelector("[data-reply-author]").textContent = message?.querySelector(".message__author")?.textContent ?? "";
  bar.querySelector("[data-reply-text]").textContent = message?.querySelector(".message__text")?.textContent ?? "";
}

const keptFields = (form) =>
  [...form.elements].filter((field) => field.name && field.matches("textarea, input:is([type=text], [type=checkbox])"));

/** Empty what belonged to the message that was sent; who sees the next one stays chosen. */
function clear(form) {
  for (const field of keptFields(form)) {
    if (field.type === "checkbox") field.checked = false;
    else field.value = "";
    field.style.blockSize = "";
  }
  replyTo(form, null);
  for (const chip of form.querySelectorAll("[data-citation]")) chip.remove();
}

/** Put a message that was not taken back into the fields that it came from. */
function refill(form, message) {
  for (const field of keptFields(form)) {
    const sent = [message[field.name] ?? []].flat();
    if (field.type === "checkbox") field.checked = sent.includes(field.value);
    else field.value = sent[0] ?? "";
  }
  replyTo(form, message.reply_to ? document.getElementById(`message-${message.reply_to}`) : null);
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

/** Before what comes while nobody looks, one border says that it is new. */
function markUnread(list, fresh) {
  const border = document.getElementById("thread-unread");
  if (!document.hidden || !border || fresh.matches(".message--own") || list.kipUnseen) return;
  list.kipUnseen = true;
  list.querySelector(".thread__unread")?.remove();
  list.append(border.content.cloneNode(true));
}

/** Put rendered messages into a list; returns the highest version among them. */
function merge(list, html) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  let newest = 0;
  for (const fresh of answer.content.querySelectorAll("li.message")) {
    newest = Math.max(newest, Number(fresh.dataset.version) || 0);
    const there = document.getElementById(fresh.id) ?? byClientId(list, fresh.dataset.clientId);
    const focused = there?.contains(document.activeElement) ? document.activeElement : null;
    if (focused && there.hasAttribute("data-editing")) continue;
    if (!there) markUnread(list, fresh);
    if (there) there.replaceWith(fresh);
    else list.append(fresh);
    window.htmx?.process(fresh);
    if (focused?.id) document.getElementById(focused.id)?.focus();
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
    url.searchParams.set("seen", document.hidden ? "0" : "1");
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
  if (!area.value.trim()) refill(form, message);
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
  clear(form);
  form.elements.client_id.value = uuid();
  form.querySelector("[data-form-error]")?.replaceChildren();
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
  // A press on a label would take the focus out of the form; a form that shrinks without it would move
  // away from under the press, and what was pressed (internal note, not answer) would not be chosen.
  form.addEventListener("mousedown", (event) => {
    if (event.target.closest("label")) event.preventDefault();
  });
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

function onClick(event) {
  const link = event.target.closest("[data-reply-to], [data-reply-cancel]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const list = link.closest("[data-thread-list]");
  const form = link.closest("form") ?? document.querySelector(`form[data-thread-list="#${list?.id}"]`);
  if (!form?.kipThread) return;
  event.preventDefault();
  replyTo(form, list ? link.closest(".message") : null);
  form.elements.text.focus();
}

function onVisible() {
  if (document.hidden) return;
  for (const list of document.querySelectorAll("[data-thread-refresh]")) {
    if (list.kipUnseen) refresh(list);
    list.kipUnseen = false;
  }
}

export function start() {
  document.addEventListener("click", onClick);
  document.addEventListener("visibilitychange", onVisible);
  addEventListener("online", () => {
    for (const button of document.querySelectorAll('.message[data-state="failed"] .message__state button')) {
      button.click();
    }
  });
}
