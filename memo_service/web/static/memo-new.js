// The form of a memo taken by hand: keeps what is typed in the browser until the server has it (TIM-04), sends it
// once. Without it the form is an ordinary form.
"use strict";
(() => {
  const form = document.getElementById("memo-form");
  const told = document.getElementById("memo-draft");
  const save = document.getElementById("memo-save");
  const DRAFT = "charterline-memo";
  const OLD_MS = 12 * 3600 * 1000;
  const typed = window.charterlineTyped(form); // before this script was there: it stays, and is remembered

  const fields = () => Object.fromEntries(new FormData(form));

  function remember() {
    try { localStorage.setItem(DRAFT, JSON.stringify({ at: Date.now(), fields: fields() })); } catch { /* private window */ }
  }

  function forget() {
    try { localStorage.removeItem(DRAFT); } catch { /* private window */ }
  }

  function recall() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(DRAFT)); } catch { return; }
    if (!kept || Date.now() - kept.at > OLD_MS) { forget(); return; }
    for (const [name, value] of Object.entries(kept.fields)) {
      const field = form.elements[name];
      if (field && !typed.includes(name)) field.value = value;
    }
    told.textContent = "저장하지 못한 메모를 다시 불러왔습니다.";
  }

  function fault(name, text) {
    const line = document.getElementById(`fault-${name || "form"}`);
    line.textContent = text;
    line.hidden = !text;
    const field = name && form.elements[name];
    if (field && field.setAttribute) {
      if (text) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    }
    return field;
  }

  function refuse(faults) {
    const wrong = Object.entries(faults).map(([name, text]) => fault(name, text)).find((field) => field && field.focus);
    if (wrong) wrong.focus();
  }

  async function send() {
    for (const line of form.querySelectorAll(".memo-fault")) fault(line.id.slice(6) === "form" ? "" : line.id.slice(6), "");
    remember();
    busy(true);
    told.textContent = "저장하는 중입니다.";
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields()), headers: { "X-Part": "1" } }).catch(() => null);
    told.textContent = "";
    busy(false);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (answer && answer.ok) { forget(); location.assign(said.address); return; }
    refuse(said.faults || { "": "아직 저장하지 못했어요. 적은 내용은 이 화면에 그대로 있어요. 잠시 뒤 다시 저장해 주세요." });
  }

  function busy(is) {
    save.disabled = is;
    save.setAttribute("aria-busy", String(is));
  }

  form.addEventListener("input", remember);
  form.addEventListener("submit", (event) => { event.preventDefault(); if (!save.disabled) send(); });
  form.querySelector('a[href="/memos"]').addEventListener("click", forget);
  recall();
  if (typed.length > 0) remember();
})();
