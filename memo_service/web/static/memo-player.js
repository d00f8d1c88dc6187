// The player of recordings, wherever a memo's card stands: play, seek on the waveform, speed. Works on cards that
// are put into the page later; without it the browser's own player is there.
"use strict";
(() => {
  const SPEEDS = [1, 1.25, 1.5, 0.75];
  const STEP_S = 2;

  const playerOf = (node) => node.closest("[data-player]");
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

  function dress(root) {
    for (const player of root.querySelectorAll("[data-player]")) {
      const bar = player.querySelector(".player-bar");
      if (!bar || !bar.hidden) continue;
      bar.hidden = false;
      const audio = player.querySelector("audio");
      audio.controls = false;
      audio.hidden = true;
      show(player);
    }
  }

  function lengthOf(player) {
    const { duration } = player.querySelector("audio");
    return Number.isFinite(duration) ? duration : Number(player.querySelector(".player-wave").getAttribute("aria-valuemax"));
  }

  function show(player) {
    const audio = player.querySelector("audio");
    const wave = player.querySelector(".player-wave");
    const whole = lengthOf(player);
    const part = whole ? audio.currentTime / whole : 0;
    const bars = wave.querySelectorAll("rect");
    bars.forEach((bar, index) => bar.classList.toggle("played", index < part * bars.length));
    wave.setAttribute("aria-valuenow", String(Math.round(audio.currentTime)));
    wave.setAttribute("aria-valuetext", `${Math.round(audio.currentTime)}초`);
    player.querySelector(".player-time").textContent = `${clock(audio.currentTime)} / ${clock(whole)}`;
    const button = player.querySelector(".player-play");
    button.dataset.start ||= button.getAttribute("aria-label");
    button.textContent = audio.paused ? "▶" : "❚❚";
    button.setAttribute("aria-label", audio.paused ? button.dataset.start : button.dataset.stop);
  }

  async function toggle(player) {
    const audio = player.querySelector("audio");
    if (!audio.paused) { audio.pause(); return; }
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
    try {
      await audio.play();
    } catch {
      player.querySelector(".player-time").textContent = "재생하지 못했습니다";
    }
  }

  function seek(player, seconds) {
    const audio = player.querySelector("audio");
    audio.currentTime = Math.min(Math.max(seconds, 0), lengthOf(player));
    show(player);
  }

  document.addEventListener("click", (event) => {
    const player = playerOf(event.target);
    if (!player) return;
    if (event.target.closest(".player-play")) toggle(player);
    const speed = event.target.closest(".player-speed");
    if (speed) {
      const audio = player.querySelector("audio");
      audio.playbackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
      speed.textContent = `${audio.playbackRate}배`;
    }
  });

  document.addEventListener("pointerdown", (event) => {
    const wave = event.target.closest(".player-wave");
    if (!wave) return;
    const box = wave.getBoundingClientRect();
    seek(playerOf(wave), ((event.clientX - box.left) / box.width) * lengthOf(playerOf(wave)));
  });

  document.addEventListener("keydown", (event) => {
    const wave = event.target.closest?.(".player-wave");
    if (!wave) return;
    const player = playerOf(wave);
    const { currentTime } = player.querySelector("audio");
    const to = {
      ArrowLeft: currentTime - STEP_S, ArrowDown: currentTime - STEP_S,
      ArrowRight: currentTime + STEP_S, ArrowUp: currentTime + STEP_S,
      Home: 0, End: lengthOf(player),
    }[event.key];
    if (event.key === " " || event.key === "Enter") toggle(player);
    else if (to !== undefined) seek(player, to);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // media events do not bubble: heard on their way down
  for (const type of ["timeupdate", "play", "pause", "ended", "loadedmetadata"]) {
    document.addEventListener(type, (event) => { const player = playerOf(event.target); if (player) show(player); }, true);
  }
  document.addEventListener("charterline:loaded", (event) => dress(event.target));
  dress(document);
})();
