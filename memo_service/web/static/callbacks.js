// The callback queue: counts down, takes in what the stream tells, and lets everything be done by keyboard.
// Owns no facts: rows and panes are the server's HTML, and every act is a form that works without this file.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("queue");
  const list = byId("rows");
  const pane = byId("pane");
  const words = table ? JSON.parse(table.dataset.words) : {};
  const counts = new Map(); // row → what is counted in it
  const changed = new Set();
  const WIDE = matchMedia("(min-width: 75rem)");
  let ahead = table ? Date.now() - Number(table.dataset.now) : 0; // the browser's clock minus the server's, ms
  let fetching = false;
  let timer = 0;
  let current = ""; // the row that keys act on

  function element(html) {
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    return template.content.firstElementChild;
  }

  // ---- countdown (the rules of memo_service/callbacks/countdown.py) ----

  const clock = new Intl.DateTimeFormat("ko-KR", { timeZone: "Asia/Seoul", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const date = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Seoul", year: "numeric", month: "numeric", day: "numeric" });
  const weekday = new Intl.DateTimeFormat("ko-KR", { timeZone: "Asia/Seoul", weekday: "short" });

  function moment(at, now) {
    const [then, today] = [at, now].map((s) => date.format(s * 1000));
    if (then === today) return clock.format(at * 1000);
    const [, month, day] = then.split("-").map(Number);
    return `${month}.${day}.(${weekday.format(at * 1000)}) ${clock.format(at * 1000)}`;
  }

  function told(left) {
    const seconds = Math.max(Math.floor(left), 0);
    const minutes = Math.floor(seconds / 60);
    if (left < 600) return `${minutes}분 ${seconds % 60}초`;
    return minutes < 60 ? `${minutes}분` : `${Math.floor(minutes / 60)}시간 ${minutes % 60}분`;
  }

  function watch(row) {
    if (!row.dataset.spans && !row.dataset.latest) return;
    counts.set(row, {
      turn: Number(row.dataset.turn),
      latest: Number(row.dataset.latest),
      opens: Number(row.dataset.opens || 0),
      asked: "asked" in row.dataset,
      spans: row.dataset.spans ? row.dataset.spans.split(" ").map((span) => span.split("-").map(Number)) : [],
      big: row.querySelector(".cb-big"),
      small: row.querySelector(".cb-small"),
    });
  }

  function stateOf({ turn, latest, opens, asked }, now) {
    if (now > latest) return "overdue";
    if (now < opens) return "deferred";
    if (now >= turn - Number(table.dataset.soon)) return "due_soon";
    return asked ? "asked" : "waiting";
  }

  /** [figure, words below it, whether it stands still] of a row that waits for its call. */
  function reading({ turn, latest, spans }, now) {
    if (now > latest) return [told(now - latest), words.past, false];
    if (now >= turn) return [words.now, words.asked, false];
    let left = 0;
    let runs = false;
    let resumes = 0;
    for (const [from, to] of spans) {
      left += Math.max(to - Math.max(from, now), 0);
      if (from <= now && now < to) runs = true;
      if (from > now && !resumes) resumes = from;
    }
    if (runs || !resumes) return [told(left), words.left, false];
    return [told(left), `${words.paused} · ${words.resumes.replace("{next_open}", moment(resumes, now))}`, true];
  }

  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  function count(row, at, now) {
    const [big, small, paused] = reading(at, now);
    const state = stateOf(at, now);
    put(at.big, big);
    put(at.small, small);
    if (row.classList.contains("is-paused") !== paused) row.classList.toggle("is-paused", paused);
    if (row.dataset.state === state) return false;
    row.classList.replace(`is-${row.dataset.state}`, `is-${state}`);
    row.dataset.state = state;
    row.querySelector(".cb-icon").textContent = words.states[state][0];
    row.querySelector(".cb-label").textContent = words.states[state][1];
    if ("mine" in row.dataset) announce(`${name(row)} ${words.states[state][1]}`);
    return true;
  }

  function tick() {
    if (document.hidden) return;
    const now = (Date.now() - ahead) / 1000;
    let moved = false;
    for (const [row, at] of counts) moved = count(row, at, now) || moved;
    if (moved) tally();
  }

  function tally() {
    const number = (selector) => list.querySelectorAll(selector).length;
    byId("count-open").textContent = number(".cb:not(.is-closed)");
    byId("count-soon").textContent = number(".cb.is-due_soon");
    byId("count-late").textContent = number(".cb.is-overdue");
    table.hidden = list.childElementCount === 0;
    byId("empty").hidden = !table.hidden;
  }

  // ---- what a screen reader hears: summaries, politely, at most one in five seconds ----

  let unsaid = [];
  let saying = 0;
  function announce(text) {
    unsaid.push(text);
    if (saying) return;
    saying = setTimeout(() => {
      byId("announce").textContent = unsaid.length > 3 ? `회신 ${unsaid.length}건이 바뀌었습니다.` : unsaid.join(". ");
      unsaid = [];
      saying = setTimeout(() => { saying = 0; if (unsaid.length) announce(unsaid.pop()); }, 5000);
    }, 300);
  }

  const name = (row) => row.querySelector(".cb-link").textContent;

  // ---- live rows ----

  function place(fresh) {
    const key = (row) => [Number(row.dataset.turn), row.dataset.id];
    const [turn, id] = key(fresh);
    let low = 0;
    let high = list.children.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const [otherTurn, otherId] = key(list.children[middle]);
      if (otherTurn < turn || (otherTurn === turn && otherId < id)) low = middle + 1; else high = middle;
    }
    list.insertBefore(fresh, list.children[low] || null);
  }

  function putRow(id, html) {
    const old = byId(`cb-${id}`);
    const fresh = element(`<table><tbody>${html}</tbody></table>`).querySelector("tr");
    const focused = old && old.contains(document.activeElement) ? document.activeElement.id : "";
    if (old) {
      fresh.querySelector("input").checked = old.querySelector("input").checked;
      if (old.getAttribute("aria-current")) fresh.setAttribute("aria-current", "true");
      if (old.dataset.state !== fresh.dataset.state && "mine" in fresh.dataset) {
        announce(`${name(fresh)} ${fresh.querySelector(".cb-label").textContent}`);
      }
      counts.delete(old);
    } else {
      announce(`새 회신 ${name(fresh)}`);
    }
    if (old && old.dataset.turn === fresh.dataset.turn) old.replaceWith(fresh);
    else { old?.remove(); place(fresh); }
    watch(fresh);
    // the call button goes while a call is being placed: the row's own name takes the focus then
    if (focused) (byId(focused) || byId(`open-${id}`)).focus({ preventScroll: true });
  }

  function dropRow(id) {
    const row = byId(`cb-${id}`);
    if (!row) return;
    const next = row.nextElementSibling || row.previousElementSibling;
    if (row.contains(document.activeElement) && next) byId(`open-${next.dataset.id}`).focus({ preventScroll: true });
    counts.delete(row);
    row.remove();
  }

  async function refresh(ids) {
    const asked = ids ? `&ids=${[...ids].join(",")}` : "";
    const answer = await fetch(`/callbacks/rows?${table.dataset.query}${asked}`, { cache: "no-store" });
    if (answer.status === 401) { location.reload(); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    const said = await answer.json();
    ahead = Date.now() - said.now;
    for (const [id, html] of said.put) putRow(id, html);
    const stay = new Set(said.put.map(([id]) => id));
    const gone = ids || [...list.children].map((row) => row.dataset.id);
    for (const id of gone) if (!stay.has(id)) dropRow(id);
    tick();
    tally();
  }

  let all = false;
  function take(message) {
    if (message.type === "reset") { all = true; schedule(); }
    if (message.type !== "callbacks") return;
    for (const id of message.data.ids) changed.add(id);
    schedule();
  }

  function schedule() {
    if (!timer && !fetching) timer = setTimeout(flush, 80);
  }

  async function flush() {
    timer = 0;
    fetching = true;
    const ids = [...changed];
    const whole = all || ids.length > 100;
    changed.clear();
    all = false;
    try {
      const opened = byId("opened")?.dataset.id;
      if (table) await refresh(whole ? null : ids);
      if (opened && (whole || ids.includes(opened))) await freshen(opened);
    } catch {
      all = true; // the line is gone for the moment: look again, at everything
      setTimeout(schedule, 3000);
    }
    fetching = false;
    if (changed.size) schedule();
  }

  // ---- the pane ----

  async function load(id) {
    const answer = await fetch(`/callbacks/${id}/pane`, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    return element(await answer.text());
  }

  async function open(id, { focus = true } = {}) {
    if (!WIDE.matches || !table) { location.href = `/callbacks/${id}`; return; }
    mark(id);
    if (byId("opened")?.dataset.id !== id) {
      try {
        pane.replaceChildren(await load(id));
      } catch {
        tell("회신을 열지 못했습니다. 연결을 확인하고 다시 눌러 주세요.");
        return;
      }
      fill();
    }
    if (focus) byId("opened-title").focus({ preventScroll: true });
  }

  function mark(id) {
    for (const row of list.querySelectorAll("[aria-current]")) row.removeAttribute("aria-current");
    byId(`cb-${id}`)?.setAttribute("aria-current", "true");
    current = id;
  }

  // the memo's card is the memos' own page part; it is fetched once and never replaced, so that a recording plays on
  function fill() {
    for (const part of pane.querySelectorAll("[data-load]")) {
      fetch(part.dataset.load, { cache: "no-store" }).then(async (answer) => {
        if (!answer.ok) return; // the link that stands there leads to the memo
        part.innerHTML = await answer.text();
        part.dispatchEvent(new CustomEvent("charterline:loaded", { bubbles: true }));
      }, () => undefined);
    }
  }

  async function freshen(id) {
    const fresh = await load(id);
    if (byId("opened")?.dataset.id === id) merge(fresh);
  }

  const written = (part) => [...part.querySelectorAll("textarea, input:not([type=radio]):not([type=hidden])")].some((field) => field.value)
    || part.querySelector("input:checked") || part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");

  function merge(fresh, { force = false } = {}) {
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = byId(part.id);
      if (part.dataset.part === "memo" || (part.dataset.part === "acts" && !force && written(old))) continue;
      for (const summary of old.querySelectorAll("details[open] > summary")) {
        const same = [...part.querySelectorAll("summary")].find((other) => other.textContent === summary.textContent);
        if (same && !force) same.parentElement.open = true;
      }
      const held = old.contains(document.activeElement);
      old.replaceWith(part);
      if (held) byId("opened-title").focus({ preventScroll: true });
    }
  }

  // ---- acts ----

  function tell(text) { byId("told").textContent = text; }

  async function send(form, submitter, action) {
    const body = new URLSearchParams(new FormData(form, submitter));
    const busy = submitter && !submitter.disabled ? submitter : null;
    busy?.setAttribute("aria-busy", "true");
    tell("");
    try {
      const answer = await fetch(action, { method: "POST", body, headers: { "X-Part": "1" } });
      if (answer.status === 401) { tell("자리에서 나왔습니다. 자리에 다시 들어와 주세요."); return; }
      const said = await answer.json();
      if (!answer.ok) refused(said, action); else done(said, form);
    } catch {
      tell("연결이 끊겨 보내지 못했습니다. 연결을 확인하고 다시 눌러 주세요.");
    } finally {
      busy?.removeAttribute("aria-busy");
    }
  }

  function refused({ code, text, confirm }, action) {
    if (!confirm) { tell(text); return; }
    byId("confirm-text").textContent = text;
    byId("confirm-form").setAttribute("action", action);
    byId("confirm").showModal();
    byId("confirm").dataset.code = code;
  }

  function done({ ids, said, pane: html }, form) {
    if (said) announce(said);
    if (form.id === "bulk") unpick();
    if (html) {
      const fresh = element(html);
      if (byId("opened")?.dataset.id === fresh.dataset.id) merge(fresh, { force: true });
    }
    for (const id of ids) changed.add(id);
    schedule();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.submitter?.getAttribute("formmethod") === "dialog" || form.method !== "post") return;
    const action = event.submitter?.getAttribute("formaction") || form.getAttribute("action") || "";
    if (!action.startsWith("/callbacks/")) return; // the memo's own forms
    event.preventDefault();
    form.closest("dialog")?.close();
    send(form, event.submitter, action);
  });

  // ---- choosing many ----

  const picked = () => list.querySelectorAll("input:checked");
  function showPicked() {
    byId("picked").textContent = picked().length;
    byId("bulk").dataset.picked = picked().length;
  }
  function unpick() {
    for (const box of picked()) box.checked = false;
    showPicked();
  }

  // ---- keys ----

  const KEYS = "charterline-keys";
  const keysOn = () => { try { return localStorage.getItem(KEYS) !== "off"; } catch { return true; } };

  function here() {
    const row = document.activeElement.closest?.("tr.cb") || byId(`cb-${current}`);
    return row?.isConnected ? row : null;
  }

  function step(by) {
    const row = here();
    const next = row ? (by > 0 ? row.nextElementSibling : row.previousElementSibling) : list.firstElementChild;
    if (!next) return;
    current = next.dataset.id;
    byId(`open-${current}`).focus();
    if (byId("opened") && WIDE.matches) open(current, { focus: false });
  }

  async function act(key) {
    const id = here()?.dataset.id || byId("opened")?.dataset.id;
    if (!id) return;
    if (key === "c") {
      const button = byId(`call-${id}`) || (byId("opened")?.dataset.id === id ? pane.querySelector("[data-key=c]") : null);
      if (button) button.click(); else tell("지금은 걸 수 없는 회신입니다.");
      return;
    }
    if (byId("opened")?.dataset.id !== id) {
      if (!WIDE.matches) { location.href = `/callbacks/${id}#${key}`; return; }
      await open(id, { focus: false });
    }
    reach(key);
  }

  function reach(key) {
    const summary = pane.querySelector(`[data-key="${key}"]`);
    if (!summary) return;
    summary.parentElement.open = true;
    summary.parentElement.querySelector("textarea, input:not([type=hidden]), select")?.focus();
  }

  const ACTS = {
    KeyJ: () => step(1), KeyK: () => step(-1), KeyC: () => act("c"), KeyN: () => act("n"), KeyD: () => act("d"),
    KeyX: () => act("x"), KeyA: () => act("a"), KeyS: () => here()?.querySelector("input").click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.code === "Escape" && pane?.contains(document.activeElement)) { byId(`open-${current}`)?.focus(); return; }
    if (!keysOn() || event.target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
    if (event.code === "Slash" && event.shiftKey) { event.preventDefault(); byId("help").showModal(); return; }
    // by the key's place, so that it works with Hangul switched on
    const does = event.shiftKey ? null : ACTS[event.code];
    if (!does || (!table && "KeyJKeyKKeyS".includes(event.code))) return;
    event.preventDefault();
    does();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) byId("help").showModal();
    if (event.target.closest("[data-unpick]")) unpick();
    const link = event.target.closest(".cb-link");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !WIDE.matches) return;
    event.preventDefault();
    open(link.closest("tr").dataset.id);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#rows input")) showPicked();
    if (event.target.id === "keys-on") { try { localStorage.setItem(KEYS, event.target.checked ? "on" : "off"); } catch { /* private window */ } }
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr.cb");
    if (row) current = row.dataset.id;
  });
  document.addEventListener("charterline:message", ({ detail }) => take(detail));
  document.addEventListener("visibilitychange", () => { if (table) tick(); });

  byId("keys-on").checked = keysOn();
  if (byId("opened")) { fill(); if (location.hash) reach(location.hash.slice(1)); }
  if (table) {
    for (const row of list.children) watch(row);
    showPicked();
    tick();
    setInterval(tick, 1000);
  }
})();
