// Says plainly when a request was refused, failed, or found the session ended. What was typed stays
// in its field; nothing of the answer is put into the page.
import { openDialog } from "./dialogs.js";
import { text } from "./tools.js";
import { toast } from "./toasts.js";

const loginPath = () => new URL(document.body.dataset.loginUrl || "/accounts/login/", location.href).pathname;

/** Whether an address is the sign-in page. */
export const isLogin = (address) =>
  Boolean(address) && new URL(address, location.href).pathname === loginPath();

export function sessionEnded() {
  const dialog = document.getElementById("session-ended");
  const link = dialog?.querySelector("[data-login-link]");
  if (link) link.href = `${loginPath()}?next=${encodeURIComponent(location.pathname + location.search)}`;
  openDialog(dialog);
}

export function start() {
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const xhr = event.detail.xhr;
    if (xhr.status === 401 || isLogin(xhr.responseURL) || isLogin(xhr.getResponseHeader("HX-Redirect"))) {
      event.preventDefault();
      sessionEnded();
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) sessionEnded();
    else toast(text(status === 403 || status === 404 ? "refused" : "failed"), "error");
  });
  document.addEventListener("htmx:sendError", () => toast(text("offline"), "error"));
}
