// What is typed during a call: the line to read back (charter T4) and the notes. Owns that no letter is lost: each is
// kept in this browser at once and on the server a moment later; what another tab saved in between is shown, never
// overwritten unasked.
"use strict";
(() => {
  const { desk, say, cry, refresh } = window.charterlineMy;
  const SAVE_MS = 400;
  const LONGEST_MS = 2000;
  const RETRY_MS = 3000;
  const OLD_MS = 12 * 3600 * 1000;
  const PREFIX = `charterline-talk:${desk.dataset.officer}:`;
  const talks = new Map(); // call → what is known of its text
  const clock = new Intl.DateTimeFormat("ko-KR", { timeZone: "Asia/Seoul", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };
  const drop = (key) => { try { localStorage.removeItem(key); } catch { /* private window */ } };
  const draftOf = (call) => { try { return JSON.parse(localStorage.getItem(PREFIX + call)); } catch { return null; } };

  const fields = (form) => ({ read_back: form.elements.read_back.value, notes: form.elements.notes.value });
  const came = (form) => ({ read_back: form.elements.read_back.defaultValue, notes: form.elements.notes.defaultValue });
  const same = (a, b) => a.read_back === b.read_back && a.notes === b.notes;

  // ---- beginning: the server's text, or the draft that never got there ----

  function begin(form) {
    const call = form.closest(".my-card").dataset.call;
    const talk = { call, form, version: Number(form.dataset.version), stamped: form.dataset.stamped, ...came(form), timer: 0, since: 0, saving: false, stamp: false, conflict: null };
    talks.set(call, talk);
    showStamp(talk);
    const draft = draftOf(call);
    if (!same(fields(form), talk)) { // somebody was quicker than this script
      if (draft && !same(draft, talk)) fill(talk, joined(fields(form), draft));
      typed(talk);
      return;
    }
    if (!draft) return;
    if (same(draft, talk)) { drop(PREFIX + call); return; }
    if (draft.version === talk.version) { fill(talk, draft); kept(talk, "저장하지 못한 글을 다시 불러왔습니다."); save(talk); return; }
    fill(talk, draft);
    conflict(talk, { version: talk.version, read_back: talk.read_back, notes: talk.notes });
  }

  function fill(talk, texts) {
    for (const name of ["read_back", "notes"]) {
      const field = talk.form.elements[name];
      if (field.value !== texts[name]) field.value = texts[name];
    }
  }

  // ---- what the server says of it: taken over where nobody here has typed since ----

  function heard(form, fresh) {
    const talk = talks.get(form.closest(".my-card").dataset.call);
    if (!talk || !fresh) return;
    stamped(talk, fresh.dataset.stamped);
    const theirs = { version: Number(fresh.dataset.version), ...fields(fresh) };
    if (theirs.version <= talk.version || talk.saving || talk.conflict) return;
    if (same(fields(form), talk)) fill(talk, theirs);
    else if (!same(fields(form), theirs)) { conflict(talk, theirs); return; }
    Object.assign(talk, theirs);
  }

  // ---- saving ----

  function typed(talk) {
    store(PREFIX + talk.call, JSON.stringify({ at: Date.now(), version: talk.version, ...fields(talk.form) }));
    if (talk.conflict) return;
    kept(talk, "");
    const now = Date.now();
    talk.since ||= now;
    clearTimeout(talk.timer);
    talk.timer = setTimeout(() => save(talk), Math.min(SAVE_MS, Math.max(0, talk.since + LONGEST_MS - now)));
  }

  async function save(talk) {
    clearTimeout(talk.timer);
    if (talk.saving) return;
    const wanted = fields(talk.form);
    const stamp = talk.stamp;
    if (same(wanted, talk) && !stamp) { settled(talk, wanted); return; }
    talk.saving = true;
    talk.since = 0;
    const answer = await put(talk.call, { over: talk.version, ...wanted, stamp }).catch(() => null);
    talk.saving = false;
    if (answer?.ok) { taken(talk, wanted, await answer.json(), stamp); return; }
    if (answer?.status === 409) { conflict(talk, (await answer.json()).theirs); return; }
    if (answer && answer.status >= 400 && answer.status < 500) { kept(talk, "이 통화에는 더 적을 수 없습니다. 글은 이 컴퓨터에 남아 있습니다.", true); return; }
    kept(talk, "이 컴퓨터에만 저장했습니다. 다시 이어지면 올립니다.", true);
    talk.timer = setTimeout(() => save(talk), RETRY_MS);
  }

  const put = (call, body) => fetch(`/api/calls/${encodeURIComponent(call)}/talk`, {
    method: "PUT", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });

  function taken(talk, wanted, said, stamp) {
    Object.assign(talk, wanted, { version: said.version });
    if (stamp) talk.stamp = false;
    stamped(talk, said.read_back_at_ms ? String(said.read_back_at_ms) : "");
    settled(talk, wanted);
    if (talk.stamp) save(talk); // pressed while the text was on its way
    else if (!same(fields(talk.form), talk)) typed(talk);
  }

  function settled(talk, wanted) {
    if (!same(fields(talk.form), wanted)) return;
    drop(PREFIX + talk.call);
    kept(talk, wanted.read_back || wanted.notes ? "저장됨" : "");
  }

  // ---- stamping: "되짚어 확인함" ----

  function stamp(talk) {
    if (!talk.form.elements.read_back.value.trim()) { talk.form.elements.read_back.focus(); return; }
    if (talk.stamped) { save(talk); return; }
    talk.stamp = true;
    save(talk);
  }

  function stamped(talk, at) {
    if (!at || talk.stamped === at) return;
    talk.stamped = at;
    showStamp(talk);
    say("되짚어 확인함을 적었습니다.");
  }

  function showStamp(talk) {
    const text = talk.stamped ? `✓ ${clock.format(Number(talk.stamped))} 되짚어 확인함` : "";
    const line = talk.form.querySelector("[data-stamped-text]");
    if (line.textContent !== text) line.textContent = text;
  }

  function kept(talk, text, bad = false) {
    const line = talk.form.querySelector("[data-kept]");
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("is-bad", bad);
  }

  // ---- two texts: both are shown, a person chooses ----

  function conflict(talk, theirs) {
    talk.conflict = theirs;
    const box = talk.form.querySelector("[data-conflict]");
    box.querySelector("[data-theirs]").textContent = [theirs.read_back, theirs.notes].filter(Boolean).join("\n");
    box.hidden = false;
    kept(talk, "여기 글은 이 컴퓨터에 남아 있습니다.", true);
    cry("다른 화면에서 고친 글이 있습니다. 어느 것을 남길지 골라 주세요.");
  }

  const both = (mine, theirs, between) => mine === theirs || !theirs ? mine : mine ? `${theirs}${between}${mine}` : theirs;
  const joined = (mine, theirs) => ({ read_back: both(mine.read_back, theirs.read_back, " / "), notes: both(mine.notes, theirs.notes, "\n") });

  function settle(talk, which) {
    const theirs = talk.conflict;
    const mine = fields(talk.form);
    talk.conflict = null;
    talk.form.querySelector("[data-conflict]").hidden = true;
    Object.assign(talk, { version: theirs.version, read_back: theirs.read_back, notes: theirs.notes });
    if (which === "theirs") fill(talk, theirs);
    if (which === "both") fill(talk, joined(mine, theirs));
    store(PREFIX + talk.call, JSON.stringify({ at: Date.now(), version: talk.version, ...fields(talk.form) }));
    save(talk);
    talk.form.elements.notes.focus();
  }

  // ---- drafts of calls that are over: brought to the server, beside what stands there ----

  async function bring() {
    for (const call of drafts()) {
      const draft = draftOf(call);
      if (!draft || talks.has(call)) continue;
      if (Date.now() - draft.at > OLD_MS) { drop(PREFIX + call); continue; }
      let answer = await put(call, { over: draft.version, read_back: draft.read_back, notes: draft.notes }).catch(() => null);
      if (answer?.status === 409) {
        const { theirs } = await answer.json();
        answer = await put(call, { over: theirs.version, ...joined(draft, theirs) }).catch(() => null);
      }
      if (answer && (answer.ok || [403, 404].includes(answer.status))) drop(PREFIX + call);
    }
  }

  function drafts() {
    try { return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length)); } catch { return []; }
  }

  // ---- the rest ----

  const talkOf = (node) => talks.get(node.closest(".my-card")?.dataset.call);

  window.charterlineMy.gist = (card) => {
    const form = card.querySelector("form.my-talk");
    return form ? Object.values(fields(form)).map((text) => text.trim()).filter(Boolean).join("\n") : "";
  };
  window.charterlineMy.stamp = (card) => { const talk = card && talkOf(card); if (talk) stamp(talk); };
  /** Saves now; what a transfer takes along is what stands in the fields. */
  window.charterlineMy.saved = async (card) => { const talk = talkOf(card); if (talk) await save(talk); };

  document.addEventListener("charterline:talk", ({ detail }) => { if (detail.fresh) heard(detail.standing, detail.fresh); else begin(detail.standing); });
  document.addEventListener("charterline:talk-over", ({ detail }) => {
    const talk = talks.get(detail.call);
    if (talk) { save(talk); talks.delete(detail.call); }
  });
  // saved by another tab: the cards have it
  document.addEventListener("charterline:talk-saved", ({ detail }) => {
    const talk = talks.get(detail.call_id);
    if (talk && !talk.saving && detail.version > talk.version) refresh();
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form.my-talk");
    if (form) typed(talkOf(form));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form.my-talk");
    if (!form) return;
    event.preventDefault();
    stamp(talkOf(form));
  });
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-keep]");
    if (choice) settle(talkOf(choice), choice.dataset.keep);
  });
  window.addEventListener("pagehide", () => { for (const talk of talks.values()) if (!talk.conflict) save(talk); });
  document.addEventListener("DOMContentLoaded", bring); // the calls that are up have begun by then (my.js)
  window.addEventListener("online", bring);
})();
