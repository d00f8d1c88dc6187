// A ring, on every page of an officer. Where it is not his desk page it shows a small notice with the way there; told
// to the screen reader once at the first bell and once at the limit. Wherever he is, a ring is told by sound or
// notification by one tab alone (`charterline:ring` {key, text}). Owns no facts; it never moves the focus.
"use strict";
(() => {
  const { officer, ringing } = document.currentScript.dataset;
  const list = document.getElementById("rings"); // not there on his desk page, whose cards tell of it (my.js)
  const SOUND = "charterline-sound";
  const HIDDEN_WAITS_MS = 150;
  const AGAIN_MS = 2000;
  const told = new Set(); // what was said of which ring
  let ahead = 0; // the browser's clock minus the server's, ms
  let fetching = false;
  let dirty = false;
  const TYPED = "textarea, input:not([type=search], [type=checkbox], [type=radio])";
  let typed = [...document.querySelectorAll(TYPED)].some((field) => field.value !== field.defaultValue);
  let timer = 0;
  let softphone = false; // its window rings by itself

  // ---- by sound or notification: the first tab that asks, and one that is looked at asks first ----

  const read = (key, other) => { try { return localStorage.getItem(key) ?? other; } catch { return other; } };

  function claim({ key, text }) {
    const ask = () => document.dispatchEvent(new CustomEvent("charterline:claim", { detail: { key, granted: () => ring(key, text) } }));
    if (document.hidden) setTimeout(ask, HIDDEN_WAITS_MS); else ask();
  }

  function ring(key, text) {
    if (!softphone && read(SOUND, "off") === "on") bell();
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    const shown = new Notification("전화 왔습니다", { body: text, tag: key });
    shown.onclick = () => { window.focus(); shown.close(); };
  }

  function bell() {
    const context = new AudioContext();
    const volume = context.createGain();
    volume.gain.value = 0.1;
    volume.connect(context.destination);
    for (const [at, pitch] of [[0, 660], [0.2, 880], [0.5, 660], [0.7, 880]]) {
      const tone = context.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(volume);
      tone.start(context.currentTime + at);
      tone.stop(context.currentTime + at + 0.18);
      if (at === 0.7) tone.onended = () => context.close();
    }
  }

  function hearSoftphone() {
    const channel = new BroadcastChannel("charterline-softphone"); // softphone-desk.js
    channel.onmessage = ({ data }) => {
      if (data.officer !== officer) return;
      if (data.type === "state") softphone = data.state.line === "ready";
      if (data.type === "closed") softphone = false;
    };
    channel.postMessage({ type: "ask", officer });
  }

  document.addEventListener("charterline:ring", ({ detail }) => claim(detail));
  hearSoftphone();
  if (!list) return;

  // ---- the notice: the server's, whole, each time the stream names this officer ----

  function once(key, what) {
    const first = !told.has(`${key} ${what}`);
    told.add(`${key} ${what}`);
    return first;
  }

  const say = (text) => { document.getElementById("ring-say").textContent = text; };
  const key = (notice) => `${notice.dataset.call}/${notice.dataset.rangAt}`;

  function apply(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    ahead = Date.now() - Number(fresh.dataset.now);
    const standing = new Map([...list.children].map((notice) => [notice.id, notice]));
    for (const notice of [...fresh.children]) {
      if (!standing.delete(notice.id)) list.append(notice);
    }
    for (const notice of standing.values()) remove(notice);
    list.hidden = list.childElementCount === 0;
    for (const notice of list.children) tell(notice);
    tick();
    clearInterval(timer);
    if (!list.hidden) timer = setInterval(tick, 200);
  }

  // the keyboard is not lost with a notice that it stood on
  function remove(notice) {
    const stood = notice.contains(document.activeElement);
    notice.remove();
    if (stood) document.getElementById("main").focus({ preventScroll: true });
  }

  function tell(notice) {
    notice.querySelector("a").target = typed ? "_blank" : ""; // what he has typed here is not left
    if (!once(key(notice), "ring")) return;
    const text = notice.querySelector("[data-who]").innerText.replace(/\s+/g, " ");
    say(`${notice.querySelector("b").innerText}. ${text}. ${notice.querySelector("[data-short]").innerText}`);
    document.dispatchEvent(new CustomEvent("charterline:ring", { detail: { key: key(notice), text } }));
  }

  function tick() {
    for (const notice of list.children) {
      if (!notice.dataset.lateAt || Date.now() - ahead < Number(notice.dataset.lateAt)) continue;
      notice.classList.add("is-late");
      const apology = notice.querySelector("[data-apology]");
      apology.hidden = false;
      if (once(key(notice), "late")) say(apology.innerText);
    }
  }

  async function refresh() {
    if (fetching) { dirty = true; return; }
    fetching = true;
    dirty = false;
    let again = false;
    try {
      const answer = await fetch("/my/rings", { cache: "no-store", signal: AbortSignal.timeout(8000) });
      if (answer.ok) apply(await answer.text()); else again = answer.status >= 500;
    } catch { again = true; }
    fetching = false;
    if (again) { list.hidden = true; setTimeout(refresh, AGAIN_MS); } else if (dirty) refresh();
  }

  // a page that slept or lost its line shows no ring that may be over
  function woke() {
    if (list.childElementCount > 0) list.hidden = true;
    refresh();
  }

  function take({ type, data, up }) {
    if (type === "link") { if (up) refresh(); else list.hidden = true; }
    else if (type === "reset") woke();
    else if (type === "desk" && data.officers.includes(officer)) refresh();
  }

  let stands = true;
  document.addEventListener("charterline:message", ({ detail }) => {
    if (detail.type === "link" && detail.up === stands) return;
    if (detail.type === "link") stands = detail.up;
    take(detail);
  });
  document.addEventListener("input", ({ target }) => {
    if (target.matches(TYPED)) typed = true;
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "KeyJ" || list.hidden) return;
    event.preventDefault();
    list.querySelector("a").click();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) woke(); });
  document.addEventListener("resume", woke);
  if (ringing) refresh();
})();
