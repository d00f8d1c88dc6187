// Every page of an officer at his desk: joins the event stream, passes its messages on to the page, and reminds
// of his callbacks that are due soon. Owns no facts of its own; without it the pages still work.
"use strict";
(() => {
  const script = document.currentScript;
  const byId = (id) => document.getElementById(id);
  const SOUND = "charterline-sound";
  const MOST_ASKED = 100;
  const claims = new Map(); // what one tab alone may do → what to do once it is ours
  let asked = new Set();
  let timer = 0;
  let shared = null; // the port to the worker of all tabs

  function tell(message) {
    if (message.type === "granted") { granted(message.key); return; }
    document.dispatchEvent(new CustomEvent("charterline:message", { detail: message }));
    if (message.type === "ended") { ended(); return; }
    if (message.type === "link") lost(!message.up);
    if (message.type === "reminders") remind(message.data.ids);
  }

  // signed out elsewhere, or too long away: nothing more is shown, and what was typed is kept behind it
  function ended() {
    if (byId("session-ended")) return;
    const then = encodeURIComponent(location.pathname + location.search);
    const told = document.createElement("p");
    told.id = "session-ended";
    told.className = "banner banner-link_lost";
    told.setAttribute("role", "alert");
    told.innerHTML = `<span class="banner-icon" aria-hidden="true">!</span><span>로그인이 끝났습니다. 전화와 메모가 이 화면에 뜨지 않습니다. <a href="/sign-in?then=${then}">다시 로그인하기</a></span>`;
    byId("banners").before(told);
    document.body.classList.add("is-ended");
  }

  function lost(is) {
    const banner = byId("browser-lost");
    if (!banner || byId("board")) return; // the board tells it itself
    if (is && banner.hidden) byId("lost-at").textContent = new Date().toLocaleTimeString("ko-KR");
    banner.hidden = !is;
  }

  // reminders reach every desk; whose they are is asked of the server, spread so that not all ask at once
  function remind(ids) {
    for (const id of ids) asked.add(id);
    clearTimeout(timer);
    timer = setTimeout(show, 50 + Math.random() * 250);
  }

  async function show() {
    const shown = [...byId("toasts").children].flatMap((toast) => toast.dataset.ids.split(","));
    const ids = [...new Set([...shown, ...asked])].slice(-MOST_ASKED).join(",");
    asked = new Set();
    const answer = await fetch(`/callbacks/reminders?ids=${ids}`, { cache: "no-store" }).catch(() => null);
    if (!answer || answer.status !== 200) return;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    for (const fresh of [...template.content.querySelectorAll(".toast")].reverse()) {
      const old = byId(fresh.id);
      if (fresh.id === "toast-many") byId("toasts").replaceChildren(fresh);
      else if (old) old.replaceWith(fresh);
      else byId("toasts").prepend(fresh); // on top, so that those that stand there do not move
    }
    if (sound()) beep();
  }

  const sound = () => { try { return localStorage.getItem(SOUND) === "on"; } catch { return false; } };

  function beep() {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    volume.gain.value = 0.1;
    tone.connect(volume).connect(context.destination);
    tone.frequency.value = 660;
    tone.start();
    tone.stop(context.currentTime + 0.25);
    tone.onended = () => context.close();
  }

  // `charterline:claim` {key, granted}: of all tabs that claim a key, one is granted it, and once
  function claim({ key, granted: then }) {
    claims.set(key, then);
    if (shared) shared.postMessage({ type: "claim", key });
    else granted(key); // no worker: the other tabs cannot be asked
  }

  function granted(key) {
    const then = claims.get(key);
    claims.delete(key);
    then?.();
  }

  function connect() {
    const { worker, stream, position } = script.dataset;
    if (!("SharedWorker" in window)) {
      const reader = new EventReader(position, tell);
      window.addEventListener("pagehide", () => reader.close());
      return;
    }
    const { port } = new SharedWorker(`${worker}&stream=${encodeURIComponent(stream)}`);
    port.onmessage = ({ data }) => tell(data);
    port.postMessage({ type: "join", after: position });
    shared = port;
    window.addEventListener("pagehide", () => port.postMessage({ type: "leave" }));
  }

  document.addEventListener("charterline:claim", ({ detail }) => claim(detail));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest(".toast").remove();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-sound]")) return;
    try { localStorage.setItem(SOUND, event.target.checked ? "on" : "off"); } catch { /* private window */ }
    if (event.target.checked) beep();
  });
  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-sound]")) box.checked = sound();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  connect();
})();
