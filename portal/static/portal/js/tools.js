// Small things several modules need.

let sentences = null;

/** The sentence for `key` in the reader's language, with {name} placeholders filled. */
export function text(key, values = {}) {
  if (sentences === null) {
    const block = document.getElementById("kip-texts");
    sentences = block ? JSON.parse(block.textContent) : {};
  }
  return (sentences[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Every element matching `selector` in `root`, the root itself included. */
export function all(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  if (root instanceof Element && root.matches(selector)) found.unshift(root);
  return found;
}

/** A random UUID; also where the page is not a secure context and crypto.randomUUID is missing. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** `run` once typing has paused for `wait` milliseconds; `.cancel()` forgets it, `.now()` runs it. */
export function debounced(run, wait) {
  let timer = 0;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...given), wait);
  };
  later.cancel = () => clearTimeout(timer);
  later.now = (...given) => {
    clearTimeout(timer);
    run(...given);
  };
  return later;
}

/** localStorage that never throws: it may be full, or forbidden. */
export const store = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
  remove(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // Nothing was kept, so nothing has to go.
    }
  },
  keys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  },
};

/** The public id of who is signed in, empty for nobody. */
export const userId = () => document.body.dataset.user ?? "";

export const csrfToken = () => {
  try {
    return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
  } catch {
    return "";
  }
};

/** Whether a key press belongs to an input method that is still composing (Chinese, Japanese). */
export const composing = (event) => event.isComposing || event.keyCode === 229;
