// The officer's desk (/my): shows the server's cards the moment the stream names this officer, counts the bells, and
// tells of a ring: to the screen reader, and where he wants it by sound or notification. Owns no facts; it never moves
// the focus, and never touches a field that somebody types in (my-talk.js owns those).
//
// Events on `document` for the page's other scripts and the softphone (softphone-desk.js, which fills #softphone, tells
// `charterline:softphone-state` and takes `charterline:softphone-do`):
//   charterline:desk      {calls: [{id, state}]}           the calls that stand here now, after each change
//   charterline:card      card                             a card that came or may have changed
//   charterline:talk      {standing, fresh}                a form to type in, and what the server has of it; fresh null: new
//   charterline:talk-over {call}                           he is out of that call
//   charterline:ring      {key, text}                      his phone rings, told once (ring.js)
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const desk = byId("my");
  const REFRESH_AGAIN_MS = 2000;
  const ASLEEP_MS = 6000;
  const WAITING = "전화를 기다리고 있습니다.";
  const LOST = "서버와 연결이 끊겼습니다. 전화는 그대로 됩니다. 다시 이어지면 그동안의 일을 불러옵니다.";
  const STALE = "화면을 새로 확인하고 있습니다.";
  const my = window.charterlineMy = { card: () => currentCard(), say, cry, refresh, element, desk, now: () => Date.now() - ahead };
  const shownHtml = new WeakMap(); // part → the server's HTML it was made of
  const told = new Map(); // call → what was said of it
  let ahead = 0; // the browser's clock minus the server's, ms
  let fetching = false;
  let dirty = false;
  let retry = 0;
  let lastTick = Date.now();

  function element(html) {
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    return template.content.firstElementChild;
  }

  // ---- what the screen reader hears: a ring politely, what must be acted on at once assertively ----

  function say(text) { byId("my-say").textContent = text; }
  function cry(text) { byId("my-cry").textContent = text; }

  // ---- cards: parts are replaced only where the server's HTML of them has changed ----

  const parts = (card) => new Map([...card.children].map((part) => [part.dataset.part, part]));

  const keep = (part) => part.matches("form"); // what is typed in is my-talk.js' and my-transfer.js' to change

  function mergeCard(old, fresh) {
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const have = parts(old);
    const talked = have.has("talk");
    let before = null;
    for (const [name, part] of parts(fresh)) {
      const standing = have.get(name);
      have.delete(name);
      if (standing && (keep(standing) || shownHtml.get(standing) === part.outerHTML)) {
        if (name === "talk") document.dispatchEvent(new CustomEvent("charterline:talk", { detail: { standing, fresh: part } }));
        before = standing;
        continue;
      }
      shownHtml.set(part, part.outerHTML);
      const focused = standing?.contains(document.activeElement) ? document.activeElement : null;
      if (standing) standing.replaceWith(part);
      else if (before) before.after(part);
      else old.prepend(part);
      if (focused) refocus(old, part, focused);
      before = part;
    }
    for (const [name, part] of have) {
      if (name === "talk") document.dispatchEvent(new CustomEvent("charterline:talk-over", { detail: { call: old.dataset.call } }));
      part.remove();
    }
    if (!have.has("talk") && !talked && parts(old).has("talk")) started(old);
  }

  // a button that was replaced under the fingers: its successor, else the card, so that the keyboard is not lost
  function refocus(card, part, focused) {
    const same = focused.id && byId(focused.id) || [...focused.attributes].filter((a) => a.name.startsWith("data-"))
      .map((a) => part.querySelector(`[${a.name}]`)).find(Boolean);
    if (!same) card.tabIndex = -1;
    (same || card).focus({ preventScroll: true });
  }

  function apply(fresh) {
    const list = byId("my-cards");
    ahead = Date.now() - Number(fresh.dataset.now);
    list.dataset.now = fresh.dataset.now;
    list.dataset.position = fresh.dataset.position;
    const gone = new Map([...list.children].filter((card) => card.dataset.call).map((card) => [card.id, card]));
    for (const card of [...fresh.children]) {
      const old = gone.get(card.id);
      gone.delete(card.id);
      if (old) { mergeCard(old, card); continue; }
      for (const part of card.children) shownHtml.set(part, part.outerHTML);
      list.append(card);
      started(card);
    }
    for (const card of gone.values()) over(card);
    for (const card of list.children) if (card.dataset.call) changed(card);
    byId("my-empty").hidden = list.childElementCount > 0;
    desk.classList.remove("is-stale");
    if (up) byId("my-link-text").textContent = WAITING;
    tick();
    const calls = [...list.children].filter((card) => card.dataset.call).map((card) => ({ id: card.dataset.call, state: card.dataset.state }));
    document.dispatchEvent(new CustomEvent("charterline:desk", { detail: { calls } }));
  }

  function started(card) {
    const form = card.querySelector("form.my-talk");
    if (form) document.dispatchEvent(new CustomEvent("charterline:talk", { detail: { standing: form, fresh: null } }));
  }

  function over(card) {
    if (card.contains(document.activeElement)) document.activeElement.blur();
    document.dispatchEvent(new CustomEvent("charterline:talk-over", { detail: { call: card.dataset.call } }));
    card.remove();
    told.delete(card.dataset.call);
  }

  // ---- fetching: one at a time; what comes meanwhile is fetched right after ----

  async function refresh() {
    if (fetching) { dirty = true; return; }
    fetching = true;
    dirty = false;
    clearTimeout(retry);
    try {
      const answer = await fetch("/my/cards", { cache: "no-store", signal: AbortSignal.timeout(8000) });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
    } catch {
      retry = setTimeout(refresh, REFRESH_AGAIN_MS);
    } finally {
      fetching = false;
    }
    if (dirty) refresh();
  }

  // what was made before what stands here comes too late: a fetch and a message may overtake each other
  function show(html) {
    const place = (list) => list.dataset.position.split("-");
    const [boot, number] = place(byId("my-cards"));
    const fresh = element(html);
    const [freshBoot, freshNumber] = place(fresh);
    if (boot !== freshBoot || Number(freshNumber) >= Number(number)) apply(fresh);
  }

  const asks = ({ officers, cards }) => officers.includes(desk.dataset.officer) && !cards.includes(desk.dataset.officer);

  function take(message) {
    if (message.type === "link") link(message.up);
    else if (message.type === "reset") { stale(); refresh(); side(); }
    else if (message.type === "desk") { if (asks(message.data)) refresh(); }
    else if (message.type === "cards") show(message.data.html);
    else if (message.type === "talk" && message.data.officer === desk.dataset.officer) document.dispatchEvent(new CustomEvent("charterline:talk-saved", { detail: message.data }));
    else if (message.type === "callbacks" || message.type === "memos") side();
    else if (message.type === "parts" && message.data.banners !== undefined) byId("banners").innerHTML = message.data.banners;
  }

  let sideTimer = 0;
  function side() {
    if (sideTimer) return;
    sideTimer = setTimeout(async () => {
      sideTimer = 0;
      const answer = await fetch("/my/side", { cache: "no-store" }).catch(() => null);
      if (answer?.ok) byId("my-side").replaceWith(element(await answer.text()));
    }, 300 + Math.random() * 700);
  }

  // ---- a line that is down, a tab that slept: nothing old is shown as if it were now ----

  let up = true;
  function link(is) {
    if (is === up) return;
    up = is;
    byId("my-link").classList.toggle("is-lost", !is);
    byId("my-link-text").textContent = is ? WAITING : LOST;
    if (is) refresh();
    else { stale(); cry("서버와 연결이 끊겼습니다. 전화는 그대로 됩니다."); }
  }

  function stale() {
    desk.classList.add("is-stale");
    if (up) byId("my-link-text").textContent = STALE;
  }

  function woke() {
    stale();
    refresh();
  }

  // ---- counting ----

  const seconds = (ms) => `${(Math.floor(Math.max(ms, 0) / 100) / 10).toFixed(1)}초`;
  const minutes = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
  const put = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  function tickCard(card, now) {
    if (card.dataset.rangAt) {
      const waited = Math.max(now - Number(card.dataset.rangAt), 0);
      const ring = Math.floor(waited / Number(card.dataset.cycle)) + 1;
      put(card.querySelector("[data-ring]"), `${ring}번째 벨 · ${seconds(waited)}`);
      if (card.dataset.lateAfter && waited >= Number(card.dataset.lateAfter)) {
        card.classList.add("is-late");
        if (note(card, "late")) say("사과 인사로 받아 주세요.");
      }
    }
    if (card.dataset.talkSince) {
      const talked = Math.max(now - Number(card.dataset.talkSince), 0);
      put(card.querySelector("[data-talk]"), minutes(talked));
      longTalk(card, talked);
    }
    const passing = card.querySelector(".my-passing");
    if (passing && ["ordered", "under_way", "late"].includes(passing.dataset.transferState)) {
      put(passing.querySelector("[data-passing]"), `${Math.floor(Math.max(now - Number(passing.dataset.at), 0) / 1000)}초`);
      passing.querySelector("[data-late-note]").hidden = now < Number(passing.dataset.limitAt);
    }
  }

  // the office's rule for long calls: told to the officer, once each; nothing ends by itself
  function longTalk(card, talked) {
    const rule = card.querySelector(".my-long");
    if (!rule) return;
    const end = Number(rule.dataset.endMs) > 0 && talked >= Number(rule.dataset.endMs);
    const now = end ? "end" : talked >= Number(rule.dataset.warnMs) ? "warn" : "";
    if (rule.dataset.now === now) return;
    rule.dataset.now = now;
    card.classList.toggle("is-long", now !== "");
    if (now && note(card, `long-${now}`)) say(rule.querySelector(`.my-long-${now}`).innerText);
  }

  function tick() {
    const at = Date.now();
    if (at - lastTick > ASLEEP_MS) woke();
    lastTick = at;
    if (desk.classList.contains("is-stale")) return;
    for (const card of document.querySelectorAll(".my-card[data-call]")) tickCard(card, at - ahead);
  }

  // ---- telling of a ring, once each ----

  function note(card, what) {
    const said = told.get(card.dataset.call) || new Set();
    told.set(card.dataset.call, said);
    if (said.has(what)) return false;
    said.add(what);
    return true;
  }

  const who = (card) => card.querySelector(".my-who").innerText.replace(/\s+/g, " ");

  function changed(card) {
    const { state } = card.dataset;
    if (state === "ringing" && note(card, "ringing")) ring(card);
    if ((state === "coming" || state === "ringing") && card.dataset.incoming && note(card, "coming")) {
      say(`돌려받은 전화입니다. ${who(card)}. 요점: ${card.querySelector(".my-gist").innerText}`);
    }
    const passing = card.querySelector(".my-passing");
    if (passing && note(card, `passing-${passing.dataset.transferState}`)) passed(passing);
    document.dispatchEvent(new CustomEvent("charterline:card", { detail: card }));
  }

  function passed(passing) {
    const state = passing.dataset.transferState;
    const text = [passing.querySelector(".my-passing-state"), passing.querySelector(".my-why")].map((at) => at?.innerText).filter(Boolean).join(". ");
    // the citizen is back on his line, or never left: he must know now
    if (["failed", "refused", "refused_by_pbx", "expired", "unsent", "unknown"].includes(state)) cry(`돌려주기: ${text}`);
    else say(`돌려주기: ${text}`);
  }

  function ring(card) {
    const words = [...card.querySelectorAll("[data-say]")].find((q) => getComputedStyle(q).visibility !== "hidden")?.innerText || "";
    if (!card.dataset.incoming) say(`전화 왔습니다. ${who(card)}. ${words}`);
    document.dispatchEvent(new CustomEvent("charterline:ring", { detail: {
      key: `${card.dataset.call}/${card.dataset.rangAt || ""}`, text: who(card),
    } }));
  }

  // ---- which card the keys act on ----

  function currentCard() {
    const focused = document.activeElement?.closest?.(".my-card[data-call]");
    const cards = [...document.querySelectorAll(".my-card[data-call]")];
    return focused || cards.find((card) => ["talking", "passing"].includes(card.dataset.state)) || cards[0] || null;
  }

  // ---- beginning ----

  document.addEventListener("charterline:message", ({ detail }) => take(detail));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) woke();
  });
  document.addEventListener("resume", woke);
  window.addEventListener("online", woke);

  const first = byId("my-cards");
  ahead = Date.now() - Number(first.dataset.now);
  for (const card of first.children) for (const part of card.children) shownHtml.set(part, part.outerHTML);
  document.addEventListener("DOMContentLoaded", () => {
    for (const card of first.children) if (card.dataset.call) { started(card); changed(card); }
  });
  tick();
  setInterval(tick, 100);
})();
