// The gist of a citizen who is passed on to this desk: tells the server that it stands here, so that the order waits for
// it and the bell comes after (memo_service/transfers/ahead.py), and that it was opened. Owns what counts as opened.
"use strict";
(() => {
  const { desk, element } = window.charterlineMy;
  const OPEN_EVERY_MS = 40000;
  const LOOKED_MS = 1000;
  const standing = new Set(); // transfers that were told of
  const looking = new Map(); // button → the timer of a look
  const post = (path) => fetch(path, { method: "POST", keepalive: true }).catch(() => null);

  // ---- it stands here ----

  function stands(transfer) {
    if (standing.has(transfer)) return;
    standing.add(transfer);
    const tell = () => post(`/my/stands/${transfer}`);
    if (document.hidden) { tell(); return; } // nothing is painted there; it is ready
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = tell;
      painted.port2.postMessage(0);
    });
  }

  // ---- "열어 봄": pressed, or a second in view in a visible tab: what nobody can have seen is never marked ----

  const inView = "IntersectionObserver" in window ? new IntersectionObserver((entries) => {
    for (const entry of entries) watched(entry.target, entry.isIntersecting);
  }, { threshold: 0.9 }) : null;

  function watched(button, visible) {
    clearTimeout(looking.get(button));
    looking.delete(button);
    if (!visible || !button.isConnected) return;
    looking.set(button, setTimeout(() => {
      looking.delete(button);
      if (button.isConnected && !document.hidden && !desk.classList.contains("is-stale")) open(button);
    }, LOOKED_MS));
  }

  function watch(card) {
    for (const button of card.querySelectorAll("[data-open]")) { inView?.unobserve(button); inView?.observe(button); }
  }

  async function open(button) {
    if (button.disabled) return;
    button.disabled = true;
    const answer = await post(`/api/transfers/${button.dataset.open}/opened`);
    if (!answer?.ok) { button.disabled = false; return; }
    inView?.unobserve(button);
    button.replaceWith(element('<span class="my-opened"><span aria-hidden="true">✓</span> 열어 봄</span>'));
  }

  window.charterlineMy.open = open;
  document.addEventListener("charterline:card", ({ detail }) => {
    if (detail.dataset.state === "coming") stands(detail.dataset.incoming);
    watch(detail);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) watch(desk); });
  post("/my/open");
  setInterval(() => post("/my/open"), OPEN_EVERY_MS);
  window.addEventListener("pagehide", () => navigator.sendBeacon("/my/closed"));
})();
