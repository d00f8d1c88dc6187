// The softphone's window and the officer's pages in other tabs, over BroadcastChannel "charterline-softphone".
// Loaded in both. In a page it fills #softphone and takes part by the events that my.js names: `charterline:dial` and
// `charterline:softphone-do` in, `charterline:softphone-state` out. Owns no call: those are the window's (softphone.js).
"use strict";
class SoftphoneDesk {
  static CHANNEL = "charterline-softphone";

  /** `heard(message)` gets what the window, or a page, of this officer says: state, closed; ask, do. */
  constructor(officer, heard) {
    this.officer = officer;
    this.channel = new BroadcastChannel(SoftphoneDesk.CHANNEL);
    this.channel.onmessage = ({ data }) => { if (data.officer === this.officer) heard(data); };
  }

  tell(message) { this.channel.postMessage({ ...message, officer: this.officer }); }
}

(() => {
  const mount = document.getElementById("softphone");
  if (!mount) return;
  const WINDOW = "width=420,height=720";
  const ACTS = { answer: ["answer"], reject: ["reject"], hangup: ["hang_up"], hold: ["hold", true], unhold: ["hold", false], mute: ["mute", true], unmute: ["mute", false] };
  const { officer } = mount.dataset;
  let phone = { open: false, line: "off", calls: [] };
  let waiting = null; // a number to dial once the window that is being opened has its line
  const desk = new SoftphoneDesk(officer, (message) => {
    if (message.type === "state") show({ open: true, ...message.state });
    if (message.type === "closed") show({ open: false, line: "off", calls: [] });
  });

  mount.innerHTML = `<p class="sp-line"><span class="sp-dot" aria-hidden="true"></span><span data-sp-text></span></p>
    <p class="sp-buttons"><button type="button" class="button" data-sp="open">전화기 창 열기</button><button type="button" class="button button-main" data-sp="answer">받기</button><button type="button" class="button" data-sp="reject">받지 않기</button><button type="button" class="button" data-sp="hold">보류</button><button type="button" class="button" data-sp="unhold">보류 풀기</button><button type="button" class="button" data-sp="mute">내 소리 끄기</button><button type="button" class="button" data-sp="unmute">내 소리 켜기</button><button type="button" class="button sp-end" data-sp="hangup">끊기</button></p>`;

  /** In the words of my.js: what the page is told, from the newest call or else the line. */
  function stateOf({ open, line, calls }) {
    if (!open) return "off";
    if (line === "lost") return "lost";
    const call = calls.at(-1);
    if (call) return call.phase === "ringing" ? "ringing" : call.held ? "held" : "talking";
    return { ready: "registered", connecting: "connecting" }[line] || "off";
  }

  function show(fresh) {
    phone = { ...phone, ...fresh };
    const call = phone.calls.at(-1);
    const talking = call?.phase === "talking";
    mount.dataset.line = phone.line;
    const line = phone.open ? SOFTPHONE_WORDS.line[phone.line] : "브라우저 전화기가 꺼져 있습니다";
    mount.querySelector("[data-sp-text]").textContent = call ? `${SOFTPHONE_WORDS.phase[call.held ? "held" : call.phase]} ${SOFTPHONE_WORDS.number(call.number)}` : line;
    const seen = {
      open: !phone.open, answer: call?.phase === "ringing", reject: call?.phase === "ringing",
      hold: talking && !call.held, unhold: talking && call.held, mute: talking && !call.muted, unmute: talking && call.muted,
      hangup: Boolean(call) && call.phase !== "ringing",
    };
    for (const [name, is] of Object.entries(seen)) mount.querySelector(`[data-sp="${name}"]`).hidden = !is;
    const detail = { state: stateOf(phone), muted: Boolean(call?.muted) };
    document.dispatchEvent(new CustomEvent("charterline:softphone-state", { detail }));
    if (waiting && phone.line === "ready") { desk.tell({ type: "do", act: "dial", number: waiting }); waiting = null; }
  }

  /** Whether there is anything to do it to. The key that holds lets go again, too. */
  function act(name) {
    const call = phone.calls.at(-1);
    const back = { hold: call?.held && "unhold", mute: call?.muted && "unmute" }[name];
    const [what, on] = ACTS[back || name] || [];
    if (!what || !call) return false;
    desk.tell({ type: "do", act: what, on, call: call.id });
    return true;
  }

  const open = () => window.open("/softphone", `charterline-softphone-${officer}`, WINDOW);

  mount.addEventListener("click", (event) => {
    const name = event.target.closest("[data-sp]")?.dataset.sp;
    if (name === "open") open(); else if (name) act(name);
  });
  document.addEventListener("charterline:softphone-do", (event) => { if (act(event.detail.act)) event.preventDefault(); });
  document.addEventListener("charterline:dial", (event) => {
    if (phone.open && phone.line !== "ready") return; // it cannot now, and says why in its window
    event.preventDefault();
    if (phone.open) { desk.tell({ type: "do", act: "dial", number: event.detail.number }); return; }
    waiting = event.detail.number;
    open();
  });
  show({});
  desk.tell({ type: "ask" });
})();
