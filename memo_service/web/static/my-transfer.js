// Passing a citizen on: search, choose, one key; and the line that a transfer made at the phone still lacks. Owns the
// panel; whom one may pass him to, and what has to be confirmed, is the server's.
"use strict";
(() => {
  const { card: currentCard, refresh, say } = window.charterlineMy;
  const byId = (id) => document.getElementById(id);
  const panel = byId("my-transfer");
  const search = byId("my-search");
  const list = byId("my-targets");
  const gist = byId("my-gist");
  const told = byId("my-transfer-told");
  const go = byId("my-transfer-go");
  const GO = go.innerHTML;
  const SEARCH_MS = 80;
  const OFFLINE = "서버와 연결이 끊겨 돌리지 못했습니다. 전화기의 돌려주기 단추를 써 주세요.";
  let call = "";
  let timer = 0;
  let asked = 0;
  let found = null; // the text that the list answers
  let confirmed = ""; // the extension that was asked about and pressed for again
  let opener = null;

  // ---- opening and closing ----

  function open(card) {
    if (!card?.querySelector("[data-transfer]")) return;
    call = card.dataset.call;
    opener = card.querySelector("[data-transfer]");
    byId("my-transfer-who").textContent = card.querySelector(".my-who").innerText.replace(/\s+/g, " ");
    gist.value = window.charterlineMy.gist(card).slice(0, gist.maxLength);
    search.value = "";
    found = null;
    list.replaceChildren();
    reset("");
    panel.showModal();
    search.focus();
    window.charterlineMy.saved(card);
    find();
  }

  function reset(text) {
    confirmed = "";
    told.textContent = text;
    go.innerHTML = GO;
    go.disabled = false;
  }

  // ---- searching ----

  const query = () => search.value.trim();

  async function find() {
    clearTimeout(timer);
    const text = query();
    const number = ++asked;
    const answer = await fetch(`/my/targets?call=${encodeURIComponent(call)}&q=${encodeURIComponent(text)}`, { cache: "no-store" }).catch(() => null);
    if (number !== asked || text !== query()) return;
    if (!answer?.ok) { told.textContent = "찾지 못했습니다. 내선 번호를 그대로 적어도 됩니다."; return; }
    list.innerHTML = await answer.text();
    found = text;
    choose(text ? options()[0] : null);
  }

  // what is chosen must be of what was typed last: a citizen must not go to whom an earlier letter found
  const settled = async () => { if (found !== query()) await find(); };

  const options = () => [...list.querySelectorAll('[role="option"]:not([aria-disabled])')];
  const chosen = () => list.querySelector('[aria-selected="true"]');

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (confirmed && confirmed !== option?.dataset.exten) reset("");
    if (!option) { search.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    search.setAttribute("aria-activedescendant", option.id);
  }

  function step(by) {
    const all = options();
    if (all.length === 0) return;
    const at = all.indexOf(chosen());
    choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  }

  // ---- ordering ----

  async function order() {
    await settled();
    const digits = /^[0-9]{2,6}$/.test(query()) ? query() : "";
    const exten = chosen()?.dataset.exten || digits;
    if (!exten) { told.textContent = "누구에게 돌릴지 골라 주세요."; search.focus(); return; }
    const name = chosen()?.dataset.name || exten;
    go.disabled = true;
    told.textContent = "";
    const answer = await fetch(`/api/calls/${encodeURIComponent(call)}/transfer`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ exten, gist: gist.value.trim(), confirmed: confirmed === exten }),
    }).catch(() => null);
    go.disabled = false;
    if (answer?.ok) { panel.close(); say(`${name}에게 돌려주는 중입니다.`); refresh(); return; }
    refused(exten, answer ? await answer.json().catch(() => ({})) : { detail: OFFLINE });
  }

  function refused(exten, said) {
    reset(typeof said.detail === "string" ? said.detail : OFFLINE);
    if (said.deputy) { offer(said.deputy); return; }
    if (!said.confirm) { search.focus(); return; }
    confirmed = exten;
    go.textContent = "그래도 돌려주기";
    go.focus();
  }

  // he is away: his deputy stands chosen, and the same key passes the citizen on to him
  function offer({ exten, text }) {
    choose(null);
    search.value = exten;
    go.textContent = `대직자 ${text}에게 돌려주기`;
    go.focus();
    find();
  }

  // ---- the line a transfer by the phone's key lacks ----

  async function late(form) {
    const field = form.elements.gist;
    const button = form.querySelector("button");
    const text = field.value.trim();
    if (!text) { field.focus(); return; }
    button.disabled = true;
    const answer = await fetch(`/api/transfers/${form.dataset.gist}/gist`, {
      method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ gist: text }),
    }).catch(() => null);
    button.disabled = false;
    if (!answer?.ok) { say("전하지 못했습니다. 다시 눌러 주세요."); field.focus(); return; }
    say("요점을 전했습니다.");
    form.remove();
    refresh();
  }

  search.addEventListener("input", () => { reset(""); choose(null); clearTimeout(timer); timer = setTimeout(find, SEARCH_MS); });
  panel.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and arrows belong to the Hangul being written
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); order(); return; }
    if (event.target !== search) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); step(event.key === "ArrowDown" ? 1 : -1); }
    // Enter chooses and goes on to the summary; from there one key passes him on
    if (event.key === "Enter") { event.preventDefault(); settled().then(() => { if (!chosen()) step(1); if (chosen()) go.focus(); }); }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]:not([aria-disabled])');
    if (option) { choose(option); go.focus(); }
  });
  byId("my-transfer-form").addEventListener("submit", (event) => { event.preventDefault(); if (!go.disabled) order(); });
  panel.addEventListener("close", () => { call = ""; if (opener?.isConnected) opener.focus({ preventScroll: true }); });
  document.addEventListener("charterline:talk-over", ({ detail }) => { if (panel.open && detail.call === call) panel.close(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-transfer]")) open(event.target.closest(".my-card"));
    if (event.target.closest("#my-transfer [data-close]")) panel.close();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form.my-ask");
    if (form) { event.preventDefault(); late(form); }
  });
  window.charterlineMy.transfer = () => open(currentCard());
})();
