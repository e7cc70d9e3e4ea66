// One websocket for the page. An element with data-channel="thread:<id>" (and data-version, the
// version its content shows) gets the DOM event kip:frame for every change, in order and once, so
// that htmx can refresh it: hx-trigger="kip:frame". The detail is the frame {channel, version, event,
// data}; while the websocket is away the same event comes every 15 s with event "poll".
// Presence: [data-presence-user="<id>"] inside [data-presence-in="<channel>"] gets data-state, and
// the latter gets kip:presence. Typing: [data-typing-for="<channel>"].
import { all, text, userId } from "./tools.js";

const PING = 25000;
const SILENCE = 60000;
const POLL = 15000;
const LONGEST = 30000;
const SIGNED_OUT = 4401;
const PATIENCE = 4000;

const versions = new Map();
const subscribed = new Set();
const typers = new Map();
let socket = null;
let attempts = 0;
let heard = 0;
let retry = 0;
let over = false;

const elements = (channel) => all(document, `[data-channel="${CSS.escape(channel)}"]`);

function send(message) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(message));
  return true;
}

/** Tell the others in `channel` that this person is typing. */
export const typing = (channel) => send({ op: "typing", channel });

function dispatch(channel, detail) {
  for (const element of elements(channel)) element.dispatchEvent(new CustomEvent("kip:frame", { detail }));
}

function subscribe(channel) {
  const after = versions.get(channel);
  const message = { op: "subscribe", channel };
  if (after !== undefined) message.after = after;
  if (send(message)) subscribed.add(channel);
}

/** Bring subscriptions in line with the elements on the page. */
function sync() {
  const wanted = new Set();
  for (const element of all(document, "[data-channel]")) {
    const channel = element.dataset.channel;
    wanted.add(channel);
    const version = Number.parseInt(element.dataset.version, 10);
    if (!Number.isNaN(version) && version > (versions.get(channel) ?? -1)) versions.set(channel, version);
  }
  for (const channel of wanted) if (!subscribed.has(channel)) subscribe(channel);
  for (const channel of [...subscribed]) {
    if (wanted.has(channel)) continue;
    send({ op: "unsubscribe", channel });
    subscribed.delete(channel);
    versions.delete(channel);
  }
  if (wanted.size && !socket && !over) connect();
}

function onFrame(frame) {
  const known = versions.get(frame.channel);
  if (known !== undefined && frame.version <= known) return;
  versions.set(frame.channel, frame.version);
  dispatch(frame.channel, frame);
}

function onPresence({ channel, people }) {
  const here = new Set(people.map((person) => person.id));
  for (const place of all(document, `[data-presence-in="${CSS.escape(channel)}"]`)) {
    for (const dot of all(place, "[data-presence-user]")) {
      dot.dataset.state = here.has(dot.dataset.presenceUser) ? "online" : "offline";
    }
    place.dispatchEvent(new CustomEvent("kip:presence", { detail: { channel, people } }));
  }
}

function showTyping(channel) {
  const names = [...(typers.get(channel) ?? new Map()).values()].map((typer) => typer.name);
  for (const place of all(document, `[data-typing-for="${CSS.escape(channel)}"]`)) {
    place.toggleAttribute("data-active", names.length > 0);
    const sentence = names.length > 1 ? "typingMany" : "typingOne";
    place.querySelector("[data-typing-text]").textContent = names.length ? text(sentence, { name: names[0] }) : "";
  }
}

function onTyping({ channel, person, seconds }) {
  const here = typers.get(channel) ?? new Map();
  clearTimeout(here.get(person.id)?.timer);
  const timer = setTimeout(() => {
    here.delete(person.id);
    showTyping(channel);
  }, (seconds ?? 5) * 1000);
  here.set(person.id, { name: person.name, timer });
  typers.set(channel, here);
  showTyping(channel);
}

function onMessage(event) {
  heard = Date.now();
  const message = JSON.parse(event.data);
  if (message.op === "frame") onFrame(message);
  else if (message.op === "presence") onPresence(message);
  else if (message.op === "typing") onTyping(message);
  else if (message.op === "subscribed" && !versions.has(message.channel)) {
    versions.set(message.channel, message.version);
  } else if (message.op === "refused") {
    for (const element of elements(message.channel)) element.dispatchEvent(new CustomEvent("kip:refused"));
  }
}

function status(key) {
  for (const bar of all(document, "[data-live-status]")) {
    bar.hidden = !key;
    bar.textContent = key ? text(key) : "";
  }
}

function onClose(event) {
  socket = null;
  subscribed.clear();
  clearTimeout(retry);
  if (event.code === SIGNED_OUT) {
    over = true;
    status("sessionEnded");
    return;
  }
  attempts += 1;
  const pause = Math.min(LONGEST, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);
  retry = setTimeout(connect, pause);
  setTimeout(() => {
    if (socket?.readyState !== WebSocket.OPEN && !over) status("reconnecting");
  }, PATIENCE);
}

function connect() {
  if (socket || over || !userId()) return;
  clearTimeout(retry);
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/ws/`);
  socket.addEventListener("open", () => {
    attempts = 0;
    heard = Date.now();
    status("");
    sync();
  });
  socket.addEventListener("message", onMessage);
  socket.addEventListener("close", onClose);
}

function beat() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (Date.now() - heard > SILENCE) socket.close();
  else send({ op: "ping" });
}

function poll() {
  if (socket?.readyState === WebSocket.OPEN || over || document.hidden) return;
  for (const channel of new Set(all(document, "[data-channel]").map((element) => element.dataset.channel))) {
    dispatch(channel, { channel, version: versions.get(channel) ?? 0, event: "poll", data: {} });
  }
}

function wake() {
  if (!socket && !over && document.querySelector("[data-channel]")) connect();
}

export function start() {
  setInterval(beat, PING);
  setInterval(poll, POLL);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) wake();
  });
  document.addEventListener("htmx:afterSettle", sync);
  addEventListener("pagehide", () => {
    over = true;
    socket?.close(1000);
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    over = false;
    wake();
  });
}

export const init = sync;
