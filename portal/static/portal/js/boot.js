// Runs before the first paint: marks that scripts work and applies the chosen theme, so nothing flashes.
(function () {
  const root = document.documentElement;
  root.classList.add("js");
  let theme = null;
  try {
    theme = localStorage.getItem("kip:theme");
  } catch {
    theme = null; // Storage can be switched off; the cookie has already spoken through the server.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
