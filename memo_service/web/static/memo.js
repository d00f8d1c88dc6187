// Memos: a list that follows the stream, a number opened in place, printing. Owns no facts: without it the same
// forms and links do the same.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  let timer = 0;
  let fetching = false;
  let again = false;

  // who is told, and what, is asked of the server: the stream carries ids alone
  async function refresh() {
    if (fetching) { again = true; return; }
    fetching = true;
    const list = byId("memo-list");
    const before = Number(list.dataset.new);
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { "X-Part": "list" } });
      if (answer.ok) put(list, await answer.text(), before);
    } catch {
      later(2000);
    }
    fetching = false;
    if (again) { again = false; later(50); }
  }

  function put(list, html, before) {
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    const fresh = template.content.firstElementChild;
    const focused = list.contains(document.activeElement) ? document.activeElement.id : "";
    list.replaceWith(fresh);
    if (focused) byId(focused)?.focus({ preventScroll: true });
    const more = Number(fresh.dataset.new) - before;
    if (more > 0) byId("memo-told").textContent = `새 메모 ${more}건이 왔습니다.`;
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(refresh, ms);
  }

  document.addEventListener("charterline:message", ({ detail }) => {
    if (byId("memo-list") && (detail.type === "memos" || detail.type === "reset")) later(50 + Math.random() * 200);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.numberForm) return;
    event.preventDefault();
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Part": "1" } }).catch(() => null);
    if (!answer || !answer.ok) { form.submit(); return; }
    const shown = document.querySelector(`[data-number="${form.dataset.numberForm}"]`);
    shown.textContent = (await answer.json()).number;
    shown.tabIndex = -1;
    shown.focus();
    form.closest("details").remove();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
})();
