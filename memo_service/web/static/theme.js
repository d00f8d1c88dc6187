// Owns the choice of colours: the reader's own if he made one, else the system's. Runs before the first paint.
"use strict";
(() => {
  const key = "charterline-theme";
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem(key) || ""; } catch { return ""; } };
  const keep = (value) => { try { localStorage.setItem(key, value); } catch { /* private window: only this page */ } };
  const show = (value) => {
    if (value) root.dataset.theme = value; else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === value));
    }
  };
  show(read());
  document.addEventListener("DOMContentLoaded", () => {
    show(read());
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.addEventListener("click", () => {
        // a second press gives the choice back to the system
        const value = root.dataset.theme === button.dataset.themeChoice ? "" : button.dataset.themeChoice;
        keep(value);
        show(value);
      });
    }
  });
})();
