// What waits at the desk besides calls that are up: visitors with their clocks (charter V2), calls to finish, and the
// tick of an officer who greets himself. Owns no facts: all is the server's, alike in every tab; a press that does not
// arrive is told, and one press never ends two clocks.
"use strict";
(() => {
  const my = window.charterlineMy;
  const { desk, element, say, cry } = my;
  const byId = (id) => document.getElementById(id);
  const AGAIN_MS = 2000;
  const ONE_PRESS_MS = 800;
  const UNREACHED = "서버에 닿지 않았습니다. 다시 눌러 주세요.";
  const told = new Set(); // what was said of which visitor
  const shown = new WeakMap(); // part → the server's HTML it was made of
  let fetching = false;
  let dirty = false;
  let retry = 0;

  // ---- the server's word: parts are exchanged only where their HTML has changed ----

  async function refresh() {
    if (fetching) { dirty = true; return; }
    fetching = true;
    dirty = false;
    clearTimeout(retry);
    const answer = await fetch("/my/waiting", { cache: "no-store", signal: AbortSignal.timeout(8000) }).catch(() => null);
    if (answer?.ok) show(element(await answer.text()));
    else if (answer?.status !== 401) retry = setTimeout(refresh, AGAIN_MS);
    fetching = false;
    if (dirty) refresh();
  }

  function show(fresh) {
    for (const part of [...fresh.children]) {
      const standing = byId(part.id);
      const html = part.outerHTML;
      if (shown.get(standing) === html) continue;
      shown.set(part, html);
      const had = standing.contains(document.activeElement) ? document.activeElement : null;
      standing.replaceWith(part);
      if (had) refocus(part, had);
    }
    tick();
  }

  // the same button of the same visitor or call, else whatever stands first there now, so that the keyboard is not lost
  function refocus(part, had) {
    const home = had.closest("[id]");
    const name = [...had.attributes].map((one) => one.name).find((one) => one.startsWith("data-"));
    const inside = byId(home?.id);
    const same = name && inside?.querySelector(`[${name}="${had.getAttribute(name)}"]:not(:disabled)`);
    (same || part.querySelector("button:not(:disabled)") || document.querySelector("[data-visitor-begin]")).focus({ preventScroll: true });
  }

  async function post(path, body) {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    }).catch(() => null);
    if (answer?.ok) return answer.status === 204 ? {} : answer.json();
    const why = answer ? (await answer.json().catch(() => ({}))).detail : null;
    cry(typeof why === "string" ? why : UNREACHED);
    return null;
  }

  // one press, one act: what is pressed again at once (a double click, a bouncing key) does nothing
  const held = new Set();
  const once = (name, act) => async (...words) => {
    const key = name(...words);
    if (held.has(key)) return;
    held.add(key);
    const free = new Promise((resolve) => { setTimeout(resolve, ONE_PRESS_MS); });
    try { await act(...words); } finally { refresh(); free.then(() => held.delete(key)); }
  };

  // ---- visitors ----

  const oldest = () => document.activeElement?.closest("[data-visitor]") || document.querySelector("[data-visitor]");
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  const visitor = once(() => "visitor", async (card = my.card()) => {
    const call = card && card.dataset.state === "talking" ? card.dataset.call : null;
    const begun = await post("/api/visitors", { id: newId(), call });
    if (begun) say(`방문하신 분의 시계가 갑니다. ${byId("my-visitors").dataset.say}`);
  });

  const ended = once(() => "ended", async (one, ending) => {
    if (!one) return;
    const answer = await post(`/api/visitors/${one.dataset.visitor}/end`, { ending });
    if (answer) say(answer.ended ? ENDED[ending] : "이미 끝난 시계입니다.");
  });
  const ENDED = { helped: "도와드림으로 적었습니다.", left: "가셨음으로 적었습니다.", mistake: "잘못 누름으로 적었습니다." };

  const promised = once(() => "promised", async (button) => {
    const one = button.closest("[data-visitor]");
    const made = await post(`/api/visitors/${one.dataset.visitor}/callback`, { asked_at_ms: Number(button.dataset.promise) });
    if (made) say("회신을 약속했습니다.");
  });

  function promise() {
    const near = [...document.querySelectorAll(".my-visitor.is-near [data-promise]")];
    const own = near.find((button) => button.closest("[data-visitor]").contains(document.activeElement)) || near[0];
    if (own) promised(own);
  }

  const minutes = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

  function tick() {
    if (desk.classList.contains("is-stale")) return;
    const now = my.now();
    for (const one of document.querySelectorAll("[data-visitor]")) {
      const waited = minutes(Math.max(now - Number(one.dataset.since), 0));
      const clock = one.querySelector("[data-waited]");
      if (clock.textContent !== waited) clock.textContent = waited;
      const over = now >= Number(one.dataset.limitAt);
      const near = now >= Number(one.dataset.nearAt);
      one.classList.toggle("is-near", near);
      one.classList.toggle("is-over", over);
      if (over) tell(one, "over", one.querySelector(".my-visitor-over"));
      else if (near) tell(one, "near", one.querySelector("[data-near] q"));
    }
  }

  function tell(one, what, words) {
    const key = `${one.dataset.visitor}/${what}`;
    if (told.has(key)) return;
    told.add(key);
    cry(`방문하신 분이 ${one.querySelector("[data-waited]").textContent} 기다리셨습니다. ${words?.textContent || ""}`);
  }

  // ---- calls to finish ----

  const waiting = () => document.activeElement?.closest("[data-after]") || document.querySelector("[data-after]");
  const FINISHED = { done: "처리 완료로 마쳤습니다.", follow: "후속 필요로 표시했습니다.", memo: "메모로 남겼습니다.", callback: "회신을 약속했습니다.", open: "다시 마무리할 통화로 돌렸습니다." };
  let last = null;

  const finished = once((_, how) => `finish-${how}`, async (call, how, asked = null) => {
    const who = byId(`after-who-${call}`)?.textContent.trim() || "";
    const made = await post(`/api/calls/${encodeURIComponent(call)}/after`, { how, asked_at_ms: asked });
    if (!made) return;
    say(`${who} ${FINISHED[how]}`);
    last = how === "done" ? call : null;
    undo(`${who} ${FINISHED[how]}`, made.memo);
  });

  function finish(how, card = waiting()) {
    if (!card) return;
    const button = card.querySelector(`[data-finish="${how}"]:not(:disabled)`);
    if (!button) return;
    if (how !== "callback") { finished(card.dataset.after, how); return; }
    const when = card.querySelector("[data-when]");
    when.hidden = false;
    button.setAttribute("aria-expanded", "true");
    when.querySelector("button").focus();
  }

  function undo(text, memo) {
    const line = byId("my-undo");
    line.hidden = last === null && !memo;
    line.querySelector("[data-undo]").hidden = last === null;
    line.querySelector("[data-undo-text]").textContent = text;
    const link = line.querySelector("[data-undo-memo]");
    link.hidden = !memo;
    if (memo) link.href = `/memos/${memo}`;
  }

  // ---- own voice: "말했어요" ----

  const said = once(() => "said", async (card) => {
    if (!card?.querySelector("[data-said]")) return;
    if (await post(`/api/calls/${encodeURIComponent(card.dataset.call)}/words`, {})) say("인사했다고 적었습니다.");
  });

  // ---- beginning ----

  Object.assign(my, { visitor: () => visitor(), helped: () => ended(oldest(), "helped"), promise, finish, said });
  document.addEventListener("click", ({ target }) => {
    const on = (selector) => target.closest(selector);
    if (on("[data-visitor-begin]")) visitor(target.closest(".my-card[data-call]") || my.card());
    else if (on("[data-visitor-end]")) ended(on("[data-visitor]"), on("[data-visitor-end]").dataset.visitorEnd);
    else if (on("[data-promise]")) promised(on("[data-promise]"));
    else if (on("[data-finish]")) finish(on("[data-finish]").dataset.finish, on("[data-after]"));
    else if (on("[data-asked]")) finished(on("[data-after]").dataset.after, "callback", Number(on("[data-asked]").dataset.asked) || null);
    else if (on("[data-undo]") && last) finished(last, "open");
    else if (on("[data-said]")) said(on(".my-card"));
  });
  let up = true;
  document.addEventListener("charterline:message", ({ detail }) => {
    if (detail.type === "link") { if (detail.up && !up) refresh(); up = detail.up; }
    else if (detail.type === "reset") refresh();
    else if (detail.type === "waiting" && detail.data.officers.includes(desk.dataset.officer)) refresh();
  });
  // a call that has come back is no call to finish
  document.addEventListener("charterline:desk", ({ detail }) => {
    const up = detail.calls.map((call) => call.id);
    for (const one of document.querySelectorAll("[data-after]")) one.hidden = up.includes(one.dataset.after);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  window.addEventListener("online", refresh);
  tick();
  setInterval(tick, 200);
})();
