// Mentions: while "@" and the beginning of a name are typed, a list offers who can be mentioned.
// Who can be is in the form's [data-mentions]: checkboxes that also work without scripts; here a
// checkbox puts "@name" into the text, and a name that is taken out of the text unticks its box.
import { all, composing } from "./tools.js";

const MOST = 8;

const people = (form) => [...form.querySelectorAll("[data-mention-name]")];
const at = (box) => `@${box.dataset.mentionName}`;

/** What of a name has been typed at the cursor: {from, typed}, or null outside of a mention. */
function begun(area) {
  const before = area.value.slice(0, area.selectionStart);
  const from = before.lastIndexOf("@");
  if (from < 0 || area.selectionStart !== area.selectionEnd || /[A-Za-z0-9]$/.test(before.slice(0, from))) return null;
  const typed = before.slice(from + 1);
  return typed.length <= 30 && !typed.includes("\n") ? { from, typed: typed.toLowerCase() } : null;
}

function fitting(form, typed) {
  const note = form.elements.visibility?.value === "internal";
  const names = people(form).filter((box) => !(note && "mentionContact" in box.dataset));
  return names.filter((box) => box.dataset.mentionName.toLowerCase().includes(typed)).slice(0, MOST);
}

class Offer {
  constructor(form) {
    this.form = form;
    this.area = form.elements.text;
    this.list = document.createElement("ul");
    this.list.className = "mention-list";
    this.list.id = `${this.area.id}-mentions`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", form.querySelector("[data-mentions-title]").textContent);
    this.area.after(this.list);
    this.area.setAttribute("aria-autocomplete", "list");
    this.area.setAttribute("aria-controls", this.list.id);
    this.area.addEventListener("input", () => this.typed());
    this.area.addEventListener("blur", () => this.close());
    // Before the form's own keys: Enter takes the name and sends nothing.
    this.area.addEventListener("keydown", (event) => this.key(event), true);
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take([...this.list.children].indexOf(option));
    });
  }

  typed() {
    for (const box of people(this.form)) if (box.checked && !this.area.value.includes(at(box))) box.checked = false;
    this.mention = begun(this.area);
    this.found = this.mention ? fitting(this.form, this.mention.typed) : [];
    if (!this.found.length) return this.close();
    this.list.replaceChildren(...this.found.map((box, index) => this.option(box, index)));
    this.list.hidden = false;
    this.choose(0);
  }

  option(box, index) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.setAttribute("role", "option");
    option.textContent = box.dataset.mentionName;
    return option;
  }

  choose(index) {
    const count = this.found.length;
    this.index = (index + count) % count;
    for (const [number, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(number === this.index));
    }
    const chosen = this.list.children[this.index];
    chosen.scrollIntoView({ block: "nearest" });
    this.area.setAttribute("aria-activedescendant", chosen.id);
  }

  close() {
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }

  take(index) {
    const box = this.found[index];
    const end = this.area.selectionStart;
    this.area.setRangeText(`${at(box)} `, this.mention.from, end, "end");
    box.checked = true;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.close();
    this.area.focus();
  }

  key(event) {
    if (this.list.hidden || composing(event)) return;
    if (event.key === "ArrowDown") this.choose(this.index + 1);
    else if (event.key === "ArrowUp") this.choose(this.index - 1);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") this.take(this.index);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

/** A box that is ticked names its person in the text; unticked, it takes the name out. */
function onTick(form, box) {
  const area = form.elements.text;
  if (box.checked && !area.value.includes(at(box))) {
    const words = area.value.trimEnd();
    area.value = words ? `${words} ${at(box)} ` : `${at(box)} `;
  } else if (!box.checked) area.value = area.value.replaceAll(`${at(box)} `, "").replaceAll(at(box), "");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

export function init(root) {
  for (const form of all(root, "form[data-thread-form]")) {
    if (form.kipMentions || !form.querySelector("[data-mentions]")) continue;
    form.kipMentions = true;
    const offer = new Offer(form);
    form.addEventListener("change", (event) => {
      if (!event.target.matches("[data-mention-name]")) return;
      onTick(form, event.target);
      offer.close();
    });
  }
}
