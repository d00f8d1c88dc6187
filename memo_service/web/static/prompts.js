// The list of prompts: notes what was heard to its end, shows how far rendering is, and keeps the lines true while
// the page is open. Lines never move: what is new in them is put in their places.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const QUARTERS = 4;
  let timer = 0;
  let quarter = -1;

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(refresh, ms);
  }

  async function refresh() {
    const list = byId("prompt-list");
    if (!list) return;
    const answer = await fetch(location.href, { cache: "no-store", headers: { "X-Part": "list" } }).catch(() => null);
    if (!answer?.ok) return;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    const fresh = template.content;
    const focused = document.activeElement?.id;
    byId("prompt-figures").replaceWith(fresh.getElementById("prompt-figures"));
    if (focused === "approve-heard") byId(focused).focus({ preventScroll: true });
    for (const row of list.querySelectorAll(".prompt-row")) renew(row, fresh.getElementById(row.id));
    if (!list.querySelector(".prompt-row") && fresh.querySelector(".prompt-row")) location.reload();
  }

  function renew(row, fresh) {
    if (!fresh) return;
    row.className = fresh.className;
    for (const part of row.querySelectorAll("[data-part]")) {
      const { part: name } = part.dataset;
      const other = fresh.querySelector(`[data-part="${name}"]`);
      if (part.contains(document.activeElement)) continue; // whoever is about to press it must not lose it
      if (name === "player" && sameSound(part, other)) continue;
      if (part.innerHTML === other.innerHTML) continue;
      part.replaceWith(other);
      other.dispatchEvent(new CustomEvent("charterline:loaded", { bubbles: true }));
    }
  }

  const contentOf = (part) => part.querySelector("[data-player]")?.dataset.content;
  const sameSound = (part, other) => contentOf(part) === contentOf(other) && contentOf(part) !== undefined;

  async function heard(player) {
    const { name, content } = player.dataset;
    const answer = await fetch("/prompts/heard", { method: "POST", body: new URLSearchParams({ name, content }) }).catch(() => null);
    if (answer?.ok) later(0);
  }

  function progress({ done, of, up }) {
    const state = byId("voice-state");
    if (!state) return;
    state.classList.toggle("is-away", !up);
    state.querySelector("[data-up]").hidden = !up;
    state.querySelector("[data-away]").hidden = up;
    document.querySelector("[data-render]").disabled = !up;
    const running = done < of;
    byId("render-bar").max = of || 1;
    byId("render-bar").value = of ? done : 0;
    byId("render-text").textContent = running ? `${of}개 가운데 ${done}개` : of ? `${of}개를 모두 만들었습니다.` : "";
    announce(done, of, running);
  }

  // a screen reader hears the beginning, each quarter and the end, not each prompt
  function announce(done, of, running) {
    const now = running ? Math.floor((QUARTERS * done) / of) : -1;
    if (now === quarter) return;
    byId("prompts-told").textContent = running ? `음성을 만드는 중: ${of}개 가운데 ${done}개` : `음성 ${of}개를 모두 만들었습니다.`;
    quarter = now;
  }

  document.addEventListener("ended", (event) => {
    const player = event.target.closest?.("[data-player][data-content]");
    if (player) heard(player);
  }, true);
  document.addEventListener("charterline:message", ({ detail }) => {
    if (detail.type === "prompts") progress(detail.data);
    if (detail.type === "prompts" || detail.type === "reset") later(500);
  });
})();
