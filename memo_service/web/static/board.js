// The live board: takes in what the stream tells and counts the bells between messages. Owns no facts of its own.
"use strict";
(() => {
  const script = document.currentScript;
  const byId = (id) => document.getElementById(id);
  const announced = new Set();
  let ahead = 0; // the browser's clock minus the server's, ms
  let refreshing = false;
  let waiting = [];
  let position = "";

  const number = (id) => Number(id.split("-")[1]);
  const boot = (id) => id.split("-")[0];

  function element(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  function put(id, group, html) {
    const list = byId(`group-${group}`) || byId("group-main");
    const old = byId(`call-${id}`);
    const fresh = element(html);
    const focused = old && old.contains(document.activeElement) ? document.activeElement.id : "";
    if (old && old.parentElement === list) old.replaceWith(fresh);
    else { if (old) old.remove(); list.append(fresh); }
    if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
  }

  function apply({ type, data }) {
    if (type === "board") {
      for (const [id, group, html] of data.put) put(id, group, html);
      for (const id of data.drop) { byId(`call-${id}`)?.remove(); announced.delete(id); }
      tick();
    } else if (type === "parts") {
      for (const [id, html] of Object.entries(data)) { const at = byId(id); if (at) at.innerHTML = html; }
    }
  }

  async function refresh() {
    if (refreshing) return;
    refreshing = true;
    try {
      const answer = await fetch("/board", { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      byId("board").replaceWith(element(await answer.text()));
      begin();
    } catch {
      setTimeout(() => { refreshing = false; refresh(); }, 2000);
      return;
    }
    refreshing = false;
    const held = waiting;
    waiting = [];
    held.forEach(take);
  }

  function take(message) {
    if (message.type === "link") return link(message.up);
    if (refreshing) { waiting.push(message); return undefined; }
    if (message.type === "reset") return refresh();
    // made before the page was: the page has it already
    if (boot(message.id) === boot(position) && number(message.id) <= number(position)) return undefined;
    position = message.id;
    return apply(message);
  }

  function link(up) {
    const banner = byId("browser-lost");
    if (banner.hidden === up) return;
    banner.hidden = up;
    if (!up) byId("lost-at").textContent = new Date().toLocaleTimeString("ko-KR");
  }

  function begin() {
    const board = byId("board");
    position = board.dataset.position;
    ahead = Date.now() - Number(board.dataset.now);
    tick();
  }

  const seconds = (ms) => `${(Math.floor(ms / 100) / 10).toFixed(1)}초`;
  const minutes = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

  function tickRing(row, now) {
    const waited = Math.max(now - Number(row.dataset.rangAt), 0);
    const ring = Math.floor(waited / Number(row.dataset.cycle)) + 1;
    row.querySelector(".ring-text").textContent = `${ring}번째 벨 · ${seconds(waited)}`;
    const bells = row.querySelector(".bells");
    if (!bells) return; // only citizens' calls can be late
    bells.dataset.ring = String(Math.min(ring, bells.childElementCount + 1));
    if (waited >= Number(row.dataset.lateAfter)) row.classList.add("is-late");
  }

  function tick() {
    const now = Date.now() - ahead;
    for (const row of document.querySelectorAll(".call[data-rang-at]")) tickRing(row, now);
    for (const row of document.querySelectorAll(".call[data-talk-since]")) {
      row.querySelector(".talk").textContent = minutes(Math.max(now - Number(row.dataset.talkSince), 0));
    }
    tally();
  }

  function tally() {
    const ringing = document.querySelectorAll(".call.phase-ringing");
    const late = document.querySelectorAll(".call.phase-ringing.is-late");
    byId("count-ringing").textContent = ringing.length;
    byId("count-late").textContent = late.length;
    byId("count-talking").textContent = document.querySelectorAll(".call.phase-talking").length;
    announce([...late].filter((row) => !announced.has(row.id)));
  }

  // a screen reader hears of each late call once, never of the count
  function announce(rows) {
    if (rows.length === 0) return;
    for (const row of rows) announced.add(row.id);
    const who = rows[0].querySelector(".call-who a").textContent;
    byId("announce").textContent = rows.length === 1 ? `${who} 전화가 늦어지고 있습니다.` : `늦어지는 전화 ${rows.length}건이 있습니다.`;
  }

  function connect() {
    if (!("SharedWorker" in window)) {
      const reader = new EventReader(position, take);
      window.addEventListener("pagehide", () => reader.close());
      return;
    }
    const address = `${script.dataset.worker}&stream=${encodeURIComponent(script.dataset.stream)}`;
    const { port } = new SharedWorker(address);
    port.onmessage = ({ data }) => take(data);
    port.postMessage({ type: "join", after: position });
    window.addEventListener("pagehide", () => port.postMessage({ type: "leave" }));
  }

  begin();
  connect();
  // back from the browser's page cache: the stream was left, begin anew
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  setInterval(tick, 100);
})();
