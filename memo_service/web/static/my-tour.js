// A look around the desk page, step by step: at the first start on the demo (address /my?tour=1), and from the help
// sheet whenever wanted. Remembered for the officer in this browser. A ring ends it: calls come first.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const tour = byId("my-tour");
  const steps = [...tour.querySelectorAll("[data-step]")];
  const SEEN = `charterline-tour:${byId("my").dataset.officer}`;
  let at = 0;

  const seen = () => { try { return localStorage.getItem(SEEN) === "seen"; } catch { return false; } };
  const remember = () => { try { localStorage.setItem(SEEN, "seen"); } catch { /* private window: offered again */ } };

  function mark(selector) {
    for (const part of document.querySelectorAll(".my-tour-at")) part.classList.remove("my-tour-at");
    const part = selector && document.querySelector(selector);
    if (!part) return;
    part.classList.add("my-tour-at");
    part.scrollIntoView({ block: "nearest" });
  }

  function show(step) {
    at = step;
    steps.forEach((one, number) => { one.hidden = number !== step; });
    tour.setAttribute("aria-labelledby", steps[step].querySelector("h2").id);
    byId("my-tour-back").hidden = step === 0;
    byId("my-tour-next").textContent = step === steps.length - 1 ? "마치기" : "다음";
    mark(steps[step].dataset.at);
    steps[step].querySelector("h2").focus(); // read from here on, and Tab goes to the buttons
  }

  function open() {
    tour.showModal();
    show(0);
  }

  function next() {
    if (at === steps.length - 1) tour.close(); else show(at + 1);
  }

  tour.addEventListener("close", () => { mark(""); remember(); });
  byId("my-tour-next").addEventListener("click", next);
  byId("my-tour-back").addEventListener("click", () => show(at - 1));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-tour]")) return;
    byId("my-help").close();
    open();
  });
  document.addEventListener("charterline:ring", () => { if (tour.open) tour.close(); });

  if (new URLSearchParams(location.search).has("tour")) {
    history.replaceState(null, "", "/my"); // a page that is loaded again does not begin anew
    if (!seen() && !document.querySelector(".my-card[data-call]")) open();
  }
})();
