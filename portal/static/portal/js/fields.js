// Textareas that grow with their text, and counts of what is left once it becomes little.
import { all } from "./tools.js";

const grows = CSS.supports("field-sizing", "content");

function fit(area) {
  area.style.blockSize = "auto";
  area.style.blockSize = `${area.scrollHeight + 2}px`;
}

function count(output) {
  const field = document.getElementById(output.dataset.countFor);
  if (!field) return;
  const most = Number(output.dataset.countMax);
  const figure = new Intl.NumberFormat(document.documentElement.lang);
  const show = () => {
    const used = [...field.value].length;
    output.textContent = `${figure.format(used)} / ${figure.format(most)}`;
    output.hidden = used <= most * 0.8;
    output.toggleAttribute("data-near", used > most * 0.9 && used <= most);
    output.toggleAttribute("data-over", used > most);
  };
  field.addEventListener("input", show);
  show();
}

export function init(root) {
  for (const output of all(root, "[data-count-for]")) count(output);
  if (grows) return;
  for (const area of all(root, "textarea")) {
    area.addEventListener("input", () => fit(area));
    if (area.value) fit(area);
  }
}
