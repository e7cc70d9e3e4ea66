// Names the files that were chosen in input[type=file][data-file-names="#list"], and takes files that
// are dropped on its [data-file-drop]. What is allowed is the server's decision.
import { all } from "./tools.js";

const MEGABYTE = 1048576;

const size = (bytes) => (bytes < MEGABYTE ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`);

function show(input) {
  const list = document.querySelector(input.dataset.fileNames);
  list?.replaceChildren(
    ...[...input.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} (${size(file.size)})`;
      return item;
    }),
  );
}

function droppable(input) {
  const place = input.closest("[data-file-drop]");
  if (!place) return;
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.toggleAttribute("data-over", true);
  });
  place.addEventListener("dragleave", () => place.removeAttribute("data-over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.removeAttribute("data-over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    show(input);
  });
}

export function init(root) {
  for (const input of all(root, "input[type=file][data-file-names]")) {
    if (input.kipFiles) continue;
    input.kipFiles = true;
    input.addEventListener("change", () => show(input));
    droppable(input);
  }
}
