// Absences and the directory: keeps what is shown true while it is open, and sends files as they are.
// Owns no facts of its own; every act but the upload of a file works without it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  let timer = 0;

  // one look for many messages: a busy switchboard tells more than a reader can use
  function later(look) {
    clearTimeout(timer);
    timer = setTimeout(look, 200 + Math.random() * 200);
  }

  async function text(address) {
    const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
    return answer && answer.ok ? answer.text() : null;
  }

  // ---- presence in the directory ----

  async function lookAtPeople() {
    const told = await text("/directory/presence");
    if (told === null) return;
    for (const [officer, seen] of Object.entries(JSON.parse(told))) {
      const person = document.querySelector(`.person[data-officer="${officer}"]`);
      if (person) show(person, seen);
    }
  }

  function show(person, seen) {
    const chip = person.querySelector(".state");
    chip.className = `state state-${seen.state}`;
    put(chip, seen.label);
    put(person.querySelector(".person-back"), [seen.reason, seen.back].filter(Boolean).join(" · "));
    put(person.querySelector(".person-now"), seen.stand_in ? `(지금 ${seen.stand_in})` : "");
  }

  function put(element, words) {
    if (element.textContent !== words) element.textContent = words;
  }

  // ---- what stands, on the page of absences ----

  async function lookAtStanding() {
    // whoever is about to press something there must not lose it
    if ([byId("now"), byId("standing")].some((part) => part.contains(document.activeElement))) return later(lookAtStanding);
    const html = await text(location.pathname + location.search);
    if (html === null) return undefined;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const id of ["now", "standing"]) byId(id).replaceWith(fresh.getElementById(id));
    showToday();
    return undefined;
  }

  // on a narrow screen the week begins beyond the edge: today first
  function showToday() {
    const today = document.querySelector(".week th.is-today");
    if (today) today.closest(".scroll").scrollLeft = today.offsetLeft - today.parentElement.firstElementChild.offsetWidth;
  }

  async function lookAtDeputies(form) {
    const chosen = form.querySelector(".deputies");
    const asked = new URLSearchParams(new FormData(form));
    const html = await text(`/absences/deputies?${asked}`);
    if (html === null) return;
    const nobody = chosen.options[0];
    chosen.innerHTML = html;
    chosen.prepend(nobody);
    nobody.selected = asked.get("deputy") === "";
  }

  // ---- files ----

  const url = (form, save) => `/absences/import?who=${encodeURIComponent(form.elements.who.value)}${save ? "&save=1" : ""}`;

  async function send(form, save) {
    const file = form.elements.file.files[0];
    const answer = await fetch(url(form, save), {
      method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" },
    }).catch(() => null);
    if (answer && answer.status === 204) { location.assign("/absences"); return; }
    const preview = byId("preview");
    if (answer && answer.ok) preview.innerHTML = await answer.text();
    else preview.textContent = answer && answer.status === 413 ? "파일이 너무 큽니다 (2 MB까지). 기간을 줄여 다시 내보내 주세요." : "보내지 못했습니다. 잠시 뒤에 다시 눌러 주세요.";
    byId("preview-title")?.focus();
  }

  function useFile(form) {
    const button = form.querySelector("button");
    const choose = () => { button.disabled = form.elements.file.files.length === 0; };
    form.elements.file.addEventListener("change", () => { choose(); byId("preview").replaceChildren(); });
    choose(); // he may have been quicker than this script
    form.addEventListener("submit", (event) => { event.preventDefault(); send(form, false); });
    byId("preview").addEventListener("submit", (event) => {
      if (form.elements.file.files.length === 0) return; // it was pasted in: the form carries the text itself
      event.preventDefault();
      send(form, true);
    });
  }

  document.addEventListener("charterline:message", ({ detail }) => {
    if (!["presence", "board", "reset"].includes(detail.type)) return;
    if (byId("people")) later(lookAtPeople);
    if (byId("standing") && detail.type !== "board") later(lookAtStanding);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-deputies]")) lookAtDeputies(target.form);
  });
  for (const form of new Set([...document.querySelectorAll("[data-deputies]")].map((field) => field.form))) {
    if (window.charterlineTyped(form).length > 0) lookAtDeputies(form);
  }
  showToday();
  if (byId("import")) useFile(byId("import"));
})();
