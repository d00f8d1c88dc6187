// Keys of the desk page: everything by keyboard, and a sheet of the keys on `?`. Asks for notifications (ring.js) only
// when the officer presses the button for it.
"use strict";
(() => {
  const my = window.charterlineMy;
  const byId = (id) => document.getElementById(id);
  const KEYS = "charterline-my-keys";
  const read = (key, other) => { try { return localStorage.getItem(key) ?? other; } catch { return other; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };

  // ---- keys ----

  const reach = (selector) => my.card()?.querySelector(selector)?.focus();

  function gist() {
    const button = document.querySelector(".my-handed [data-open]");
    if (button) my.open(button); else document.querySelector(".my-ask input")?.focus();
  }

  function step(by) {
    const cards = [...document.querySelectorAll(".my-card")];
    if (cards.length === 0) return;
    const at = cards.indexOf(document.activeElement?.closest(".my-card"));
    const card = cards[at < 0 ? (by > 0 ? 0 : cards.length - 1) : Math.min(Math.max(at + by, 0), cards.length - 1)];
    card.tabIndex = -1;
    card.focus();
  }

  // the softphone's own keys, where there is one (softphone-desk.js)
  const phone = (act) => () => document.dispatchEvent(new CustomEvent("charterline:softphone-do", { detail: { act } }));

  const ACTS = {
    KeyA: phone("answer"), KeyH: phone("hold"), KeyM: phone("mute"),
    KeyR: () => reach("[name=read_back]"), KeyN: () => reach("[name=notes]"), KeyB: () => my.stamp(my.card()),
    KeyT: () => my.transfer(), KeyG: gist, KeyJ: () => step(1), KeyK: () => step(-1),
    KeyV: () => my.visitor(), KeyD: () => my.helped(), KeyC: () => my.promise(), KeyW: () => my.said(my.card()),
    ...Object.fromEntries(["done", "follow", "memo", "callback"].flatMap((how, at) => [`Digit${at + 1}`, `Numpad${at + 1}`].map((key) => [key, () => my.finish(how)]))),
  };

  const typing = (node) => node.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.code === "Escape" && typing(event.target)) {
      const card = event.target.closest(".my-card");
      if (!card) { event.target.blur(); return; }
      card.tabIndex = -1;
      card.focus({ preventScroll: true });
      return;
    }
    if (typing(event.target) || read(KEYS, "on") !== "on") return;
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) { event.preventDefault(); byId("my-help").showModal(); return; }
    const does = event.shiftKey ? null : ACTS[event.code]; // by the key's place, so that it works with Hangul switched on
    if (!does || event.repeat) return; // a key held down is one press
    event.preventDefault();
    does();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-my-help]")) byId("my-help").showModal();
    const open = event.target.closest("[data-open]");
    if (open) my.open(open);
  });
  byId("my-keys-on").checked = read(KEYS, "on") === "on";
  byId("my-keys-on").addEventListener("change", ({ target }) => store(KEYS, target.checked ? "on" : "off"));

  // ---- notifications, asked for by his button alone ----

  function offerNotices() { byId("my-notify").hidden = !("Notification" in window) || Notification.permission !== "default"; }

  byId("my-notify").addEventListener("click", async () => { await Notification.requestPermission(); offerNotices(); });
  offerNotices();
})();
