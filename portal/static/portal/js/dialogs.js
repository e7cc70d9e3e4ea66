// Dialogs, menus (details), the navigation drawer, questions before a deed. Without scripts menus
// still open, the drawer works by its address (#sidebar), and deeds are done without asking.

export function openDialog(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

/** Ask in the page's own dialog; resolves to whether the person agreed. */
export function ask(question) {
  const dialog = document.getElementById("confirm-dialog");
  dialog.querySelector("[data-confirm-text]").textContent = question;
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}

function drawer(open, toggle) {
  const sidebar = document.getElementById("sidebar");
  if (!sidebar) return;
  sidebar.toggleAttribute("data-open", open);
  const control = document.querySelector("[data-drawer-open]");
  control?.setAttribute("aria-expanded", String(open));
  const body = document.querySelector(".workspace__body");
  if (body) body.inert = open;
  if (open) sidebar.querySelector("a, button")?.focus();
  else if (toggle) control?.focus();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except && !menu.contains(except)) menu.open = false;
  }
}

function onClick(event) {
  const target = event.target;
  const opener = target.closest("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    openDialog(document.getElementById(opener.dataset.dialogOpen));
  }
  if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close("cancel");
  if (target instanceof HTMLDialogElement) target.close("cancel");
  if (target.closest("[data-drawer-open]")) {
    event.preventDefault();
    drawer(true);
  } else if (target.closest("[data-drawer-close]")) {
    event.preventDefault();
    drawer(false, true);
  }
  const remove = target.closest("[data-remove]");
  if (remove) remove.closest(remove.dataset.remove)?.remove();
  closeMenus(target.closest("details[data-menu]"));
}

function onKey(event) {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (document.querySelector(".sidebar[data-open]")) drawer(false, true);
}

async function onSubmit(event) {
  const asked = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (!asked || event.target.dataset.agreed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  if (!(await ask(asked))) return;
  event.target.dataset.agreed = "yes";
  event.target.requestSubmit(submitter);
  delete event.target.dataset.agreed;
}

export function start() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onSubmit, true);
  matchMedia("(min-width: 64rem)").addEventListener("change", () => drawer(false));
}
