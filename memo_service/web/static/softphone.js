// The softphone's window: owns the calls and what the officer sees and presses. It stays while pages come and go;
// they talk to it by softphone-desk.js. Every act has a button, a key (a ringing call takes no focus) and a name.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const WORDS = SOFTPHONE_WORDS;
  const KEYS = { KeyA: "answer", KeyR: "reject", KeyH: "hold", KeyM: "mute", KeyK: "keypad", KeyT: "pass", KeyJ: "join", KeyE: "hang_up" };
  const calls = new Map(); // by id, the oldest first
  let next = 1;
  let stopMeter = null;
  let trouble = "";

  const audio = new SoftphoneAudio({ lost: unplugged });
  const line = new SoftphoneLine({ credentials, changed: lineChanged, rings, busy: () => calls.size > 0 });
  const desk = new SoftphoneDesk(document.body.dataset.officer, (message) => {
    if (message.type === "ask") told();
    if (message.type === "do") act(message);
  });

  async function credentials() {
    const answer = await fetch("/api/softphone/credentials", { method: "POST", cache: "no-store" }).catch(() => null);
    if (answer?.ok) return answer.json();
    throw Object.assign(new Error("no credentials"), { state: [401, 403].includes(answer?.status) ? "signed_out" : "unavailable" });
  }

  // ---- starting, and what goes wrong
  async function start() {
    complain("");
    const obstacle = SoftphoneAudio.obstacle();
    if (obstacle) { complain(obstacle); return; }
    audio.wake(); // a click is the moment at which a browser lets us make sound
    const stream = await microphone();
    if (!stream) return;
    stream.getTracks().forEach((track) => track.stop());
    byId("start").hidden = true;
    listDevices();
    await line.start();
  }

  /** The microphone, or null after the officer has been told why not and what to do. */
  async function microphone() {
    try {
      return await audio.microphone();
    } catch (error) {
      complain(WORDS.trouble[error.name] ? error.name : "microphone");
      return null;
    }
  }

  function complain(name) {
    trouble = name;
    const [what, remedy, button] = WORDS.trouble[name] || ["", "", ""];
    byId("trouble").hidden = !what;
    byId("trouble-what").textContent = what;
    byId("trouble-remedy").textContent = remedy;
    byId("trouble-go").textContent = button;
    byId("trouble-go").hidden = !button;
  }

  function mend() {
    if (trouble === "silent") { complain(""); audio.wake(); if (ringing()) audio.ring(); }
    else if (trouble === "unplugged_all") unplugged();
    else if (trouble === "elsewhere") line.take();
    else start();
  }

  async function unplugged() {
    listDevices();
    const talking = [...calls.values()].filter((call) => call.talking);
    if (!talking.length) return;
    const stream = await audio.microphone().catch(() => null);
    complain(stream ? "unplugged" : "unplugged_all");
    if (stream) for (const call of talking) await call.useMicrophone(stream.clone());
    stream?.getTracks().forEach((track) => track.stop());
    measure();
  }

  function lineChanged() {
    const { state } = line;
    document.body.dataset.line = byId("line").dataset.line = state;
    byId("line-text").textContent = WORDS.line[state];
    if (state === "ready") {
      if (["lost", "elsewhere", "refused"].includes(trouble)) complain("");
      for (const call of calls.values()) if (call.astray) { call.astray = false; call.rejoin(); }
    } else if (state === "lost") {
      for (const call of calls.values()) call.astray = true;
      complain("lost");
    } else if (WORDS.trouble[state]) complain(state);
    byId("dial").hidden = state !== "ready";
    for (const call of calls.values()) show(call);
    told();
  }

  // ---- calls
  function rings(session) {
    const call = add(session);
    byId("cry").textContent = `${WORDS.phase.ringing}. ${WORDS.number(call.number)}`;
    audio.ring().then(() => audio.wake()).then((heard) => { if (!heard && ringing()) complain("silent"); });
  }

  async function dial(number) {
    const digits = number.replace(/[\s().-]/g, "");
    if (!/^[+*#\d]+$/.test(digits) || line.state !== "ready") { say("번호를 확인하세요."); return null; }
    const stream = await microphone();
    if (!stream) return null;
    await park();
    const session = line.agent.call(digits, { ...SoftphoneCall.MEDIA, mediaStream: stream });
    const call = add(session);
    call.stream = stream;
    return call;
  }

  function add(session) {
    const call = new SoftphoneCall(session, { audio, changed: callChanged });
    call.id = String(next++);
    calls.set(call.id, call);
    call.box = byId("call-template").content.cloneNode(true).firstElementChild;
    call.box.dataset.call = call.id;
    byId("calls").append(call.box);
    callChanged(call);
    return call;
  }

  function callChanged(call) {
    if (!call.box) return;
    if (!ringing()) audio.silence();
    if (call.phase === "ended") {
      calls.delete(call.id);
      call.box.remove();
      byId("cry").textContent = "";
      say(call.told || (call.byUs ? WORDS.phase.ended : WORDS.cause[call.cause] || WORDS.phase.ended));
      if (line.state === "elsewhere" && !calls.size) line.stop("elsewhere");
    } else show(call);
    for (const other of calls.values()) show(other);
    measure();
    told();
  }

  const ringing = () => [...calls.values()].find((call) => call.phase === "ringing");

  /** Hold whoever talks, so that nobody hears the other call. */
  const park = (but) => Promise.all([...calls.values()].filter((call) => call !== but && call.talking && !call.held).map((call) => call.hold(true)));

  const ACTS = {
    async answer(call) {
      const stream = call.phase === "ringing" && await microphone();
      if (!stream) return;
      await park(call);
      if (call.phase === "ringing") call.answer(stream);
      else stream.getTracks().forEach((track) => track.stop()); // it stopped ringing meanwhile
    },
    reject(call) { if (call.phase === "ringing") call.reject(); },
    hang_up(call) { if (call.phase === "ringing") call.reject(); else call.hangUp(); },
    async hold(call, { on = !call.held }) {
      if (!on) await park(call);
      await call.hold(on);
    },
    mute(call, { on = !call.muted }) { call.mute(on); },
    keypad(call) { unfold(call, ".sp-keys", "keypad"); },
    keys(call, { digits }) {
      call.keys(digits);
      call.box.querySelector(".sp-keyed").textContent += digits;
    },
    pass(call, { number, how }) {
      if (!number) { unfold(call, ".sp-pass", "pass"); call.box.querySelector(".sp-pass input").focus(); }
      else if (how === "ask") ask(call, number);
      else pass(call, number);
    },
    join(call) { pass(call.asksFor, call.number, call); },
  };

  /** Talk to the colleague first; the citizen waits on hold. */
  async function ask(call, number) {
    unfold(call, ".sp-pass", "pass", true);
    await call.hold(true);
    const consult = await dial(number);
    if (consult) consult.asksFor = call;
  }

  async function pass(call, number, consult) {
    say("돌려드리는 중입니다.");
    if (consult) await call.hold(true);
    const done = await call.transfer(number, consult);
    if (!done && !calls.has(call.id)) return; // the caller has left meanwhile
    const told = `${WORDS.number(number)}번으로 돌려드렸습니다`;
    if (done) for (const left of [call, consult]) if (left) left.told = told;
    say(done ? told : "돌려드리지 못했습니다. 통화는 그대로입니다.");
    // who passes on leaves by himself (RFC 5589 §6)
    if (done) for (const left of [call, consult]) if (left && calls.has(left.id)) left.hangUp();
  }

  function act({ act: name, call: id, ...more }) {
    if (name === "dial") { dial(more.number || ""); return; }
    const call = id ? calls.get(id) : ringing() || [...calls.values()].at(-1);
    const needsLine = !["answer", "mute", "hang_up", "keypad", "keys"].includes(name);
    if (call && ACTS[name] && (!needsLine || line.state === "ready" || line.state === "elsewhere")) ACTS[name](call, more);
  }

  // ---- what is seen
  function show(call) {
    const { box } = call;
    box.dataset.phase = call.phase;
    box.querySelector(".sp-phase").textContent = WORDS.phase[call.held ? "held" : call.parked ? "parked" : call.phase];
    box.querySelector(".sp-who").textContent = [call.name !== call.number && call.name, WORDS.number(call.number)].filter(Boolean).join(" ");
    const joins = Boolean(call.asksFor && calls.has(call.asksFor.id));
    const shown = { answer: call.phase === "ringing", reject: call.phase === "ringing", hang_up: call.phase !== "ringing", join: joins && call.talking };
    for (const name of ["hold", "mute", "keypad", "pass"]) shown[name] = call.talking;
    for (const [name, is] of Object.entries(shown)) button(call, name).hidden = !is;
    for (const name of ["hold", "pass", "join"]) button(call, name).disabled = !line.up;
    button(call, "hold").setAttribute("aria-pressed", String(call.held));
    button(call, "mute").setAttribute("aria-pressed", String(call.muted));
  }

  const button = (call, name) => call.box.querySelector(`[data-act="${name}"]`);

  function unfold(call, what, name, shut) {
    const part = call.box.querySelector(what);
    part.hidden = shut ?? !part.hidden;
    button(call, name).setAttribute("aria-expanded", String(!part.hidden));
  }

  function say(text) { byId("told").textContent = text; }

  /** Tell the pages how the phone stands. */
  function told() {
    document.title = `${ringing() ? "☎ 전화 옴 · " : ""}전화기 ${document.body.dataset.extension}`;
    const shown = [...calls.values()].map(({ id, phase, incoming, number, name, held, muted, since }) => ({ id, phase, incoming, number, name, held, muted, since }));
    desk.tell({ type: "state", state: { line: line.state, calls: shown } });
  }

  function measure() {
    stopMeter?.();
    const call = [...calls.values()].find((each) => each.talking && each.stream?.active);
    stopMeter = call ? audio.meter(call.stream, (level) => { byId("level").value = level; }) : null;
    if (!call) byId("level").value = 0;
  }

  async function listDevices() {
    if (SoftphoneAudio.obstacle()) return;
    const found = await audio.devices();
    for (const select of document.querySelectorAll("[data-device]")) {
      const what = select.dataset.device;
      const options = found[what === "microphone" ? "microphone" : "speaker"].map(({ id, label }, index) => new Option(label || `장치 ${index + 1}`, id));
      select.replaceChildren(new Option("기본 장치", ""), ...options);
      select.value = options.some(({ value }) => value === audio.chosen[what]) ? audio.chosen[what] : "";
    }
  }

  let endCheck = null;
  async function check() {
    if (endCheck) { endCheck(); return; }
    const stream = await microphone();
    if (!stream) return;
    await audio.wake();
    let heard = false;
    const stops = [audio.echo(stream), audio.meter(stream, (level) => {
      byId("level").value = level;
      heard ||= level > 0.35;
      byId("check-told").textContent = heard ? "소리가 들어옵니다. 1.5초 뒤에 본인 목소리가 들립니다." : "말씀해 보세요. 아직 소리가 들어오지 않습니다.";
    })];
    byId("check").setAttribute("aria-pressed", "true");
    endCheck = () => {
      stops.forEach((stop) => stop());
      stream.getTracks().forEach((track) => track.stop());
      byId("check").setAttribute("aria-pressed", "false");
      byId("check-told").textContent = "";
      endCheck = null;
      measure();
    };
  }

  // ---- hands
  byId("start").addEventListener("click", () => start());
  byId("trouble-go").addEventListener("click", mend);
  byId("check").addEventListener("click", check);
  byId("dial").addEventListener("submit", (event) => {
    event.preventDefault();
    dial(byId("number").value).then((call) => { if (call) byId("number").value = ""; });
  });
  byId("calls").addEventListener("click", (event) => {
    const call = calls.get(event.target.closest("[data-call]")?.dataset.call);
    const { act: name, key } = event.target.closest("button")?.dataset ?? {};
    if (call && name) act({ act: name, call: call.id });
    if (call && key) act({ act: "keys", call: call.id, digits: key });
  });
  byId("calls").addEventListener("submit", (event) => {
    event.preventDefault();
    const number = event.target.querySelector("input").value.replace(/[\s().-]/g, "");
    act({ act: "pass", call: event.target.closest("[data-call]").dataset.call, number, how: event.submitter.value });
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    const open = [...calls.values()].find(({ box }) => !box.querySelector(".sp-keys").hidden);
    if (open && /^[\d*#]$/.test(event.key)) act({ act: "keys", call: open.id, digits: event.key });
    else if (KEYS[event.code]) act({ act: KEYS[event.code] }); // by its place: a Korean keyboard has other letters there
    else return;
    event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    const what = event.target.dataset.device || (event.target.id === "volume" && "volume");
    if (!what) return;
    audio.choose(what, what === "volume" ? Number(event.target.value) : event.target.value);
    if (what === "microphone") changeMicrophone();
  });
  async function changeMicrophone() {
    const call = [...calls.values()].find((each) => each.talking);
    const stream = call && await microphone();
    if (stream) { await call.useMicrophone(stream); measure(); }
  }
  byId("try-bell").addEventListener("click", ({ target }) => {
    const on = target.getAttribute("aria-pressed") !== "true";
    target.setAttribute("aria-pressed", String(on));
    if (on) audio.ring(); else audio.silence();
  });
  navigator.mediaDevices?.addEventListener("devicechange", listDevices);
  window.addEventListener("beforeunload", (event) => { if (calls.size) event.preventDefault(); });
  window.addEventListener("pagehide", () => { line.stop(); desk.tell({ type: "closed" }); });
  setInterval(() => { for (const call of calls.values()) if (call.since) call.box.querySelector(".sp-clock").textContent = WORDS.clock(call.since); }, 500);

  byId("volume").value = audio.chosen.volume;
  lineChanged();
  listDevices();
  navigator.permissions?.query({ name: "microphone" }).then(({ state }) => { if (state === "granted") start(); }, () => {});
  const obstacle = SoftphoneAudio.obstacle();
  if (obstacle) { complain(obstacle); byId("start").hidden = true; }
})();
