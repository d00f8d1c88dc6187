// Records a prompt in the page: microphone → 16-bit WAV → heard here → sent; or sends a file. What was recorded
// stays in the page until the server has taken it. Owns no rule of what a good recording is: the server measures.
"use strict";
(() => {
  const LONGEST_S = 60;
  const HEADER = 44;
  const { worklet } = document.currentScript.dataset;
  const FAULTS = {
    NotAllowedError: "브라우저가 마이크를 쓰지 못하게 했어요. 주소 옆의 자물쇠(사이트 설정)에서 마이크를 ‘허용’으로 바꾸고 다시 눌러 주세요. 녹음 파일을 올려도 됩니다.",
    NotFoundError: "이 컴퓨터에 마이크가 없어요. 마이크나 헤드셋을 꽂고 다시 눌러 주세요. 녹음 파일을 올려도 됩니다.",
    NotReadableError: "다른 프로그램이 마이크를 쓰고 있어요. 그 프로그램을 닫고 다시 눌러 주세요. 녹음 파일을 올려도 됩니다.",
    insecure: "이 주소에서는 브라우저가 마이크를 주지 않아요. https:// 주소로 열거나 녹음 파일을 올려 주세요.",
    other: "마이크를 켜지 못했어요. 마이크를 다시 꽂고 화면을 새로 열어 주세요. 녹음 파일을 올려도 됩니다.",
  };

  /** 16-bit mono WAV of blocks of samples in −1…1. */
  function wavOf(blocks, rate) {
    const length = blocks.reduce((sum, block) => sum + block.length, 0);
    const view = new DataView(new ArrayBuffer(HEADER + 2 * length));
    const write = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    write(0, "RIFF");
    view.setUint32(4, HEADER - 8 + 2 * length, true);
    write(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, rate, true);
    view.setUint32(28, 2 * rate, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    write(36, "data");
    view.setUint32(40, 2 * length, true);
    let at = HEADER;
    for (const block of blocks) {
      for (const sample of block) {
        view.setInt16(at, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
        at += 2;
      }
    }
    return view.buffer;
  }

  class Recorder {
    constructor(root) {
      this.root = root;
      this.sound = new PromptSound();
      this.take = null; // the bytes to send
      this.running = null; // {stream, node, blocks, rate, length}
      for (const name of ["record", "stop", "listen", "send", "file", "time", "level", "told"]) {
        this[`${name}Part`] = root.querySelector(`[data-${name}]`);
      }
      this.recordPart.addEventListener("click", () => this.start());
      this.stopPart.addEventListener("click", () => this.finish());
      this.listenPart.addEventListener("click", () => this.listen());
      this.sendPart.addEventListener("click", () => this.send());
      this.filePart.addEventListener("change", () => this.open());
      this.open(); // what was chosen before this script was there
      window.addEventListener("pagehide", () => this.release());
      window.addEventListener("beforeunload", (event) => { if (this.take && !this.sent) event.preventDefault(); });
    }

    tell(words, wrong = false) {
      this.toldPart.textContent = words;
      this.toldPart.classList.toggle("is-wrong", wrong);
    }

    async start() {
      this.sound.stop();
      if (!navigator.mediaDevices?.getUserMedia) { this.tell(FAULTS.insecure, true); return; }
      this.recordPart.disabled = true;
      this.timePart.textContent = "0.0초";
      try {
        const wanted = { echoCancellation: false, autoGainControl: false, noiseSuppression: false, channelCount: 1 };
        const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
        await this.listenTo(stream);
      } catch (fault) {
        this.release();
        this.recordPart.disabled = false;
        this.tell(FAULTS[fault.name] ?? FAULTS.other, true);
      }
    }

    async listenTo(stream) {
      this.running = { stream, node: null, blocks: [], rate: 0, length: 0 };
      const context = await this.sound.ready();
      await context.audioWorklet.addModule(worklet);
      const node = new AudioWorkletNode(context, "prompt-taker", { numberOfOutputs: 0 });
      this.running.rate = context.sampleRate;
      this.running.node = node;
      node.port.onmessage = ({ data }) => this.more(data);
      context.createMediaStreamSource(stream).connect(node);
      // a microphone that is pulled out ends the take, which stays
      stream.getAudioTracks()[0].addEventListener("ended", () => this.finish());
      this.root.classList.add("is-recording");
      this.listenPart.disabled = this.sendPart.disabled = true;
      this.stopPart.disabled = false;
      this.stopPart.focus();
      this.tell("녹음하고 있습니다. 말씀을 마치면 ‘멈추기’를 눌러 주세요.");
    }

    more(block) {
      const { running } = this;
      if (!running) return;
      running.blocks.push(block);
      running.length += block.length;
      const loudest = block.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      this.levelPart.value = Math.max(loudest, this.levelPart.value * 0.96);
      this.timePart.textContent = `${(running.length / running.rate).toFixed(1)}초`;
      if (running.length > LONGEST_S * running.rate) this.finish();
    }

    finish() {
      const { running } = this;
      this.release();
      if (!running) return;
      this.recordPart.disabled = false;
      this.recordPart.textContent = "다시 녹음";
      if (!running.length) { this.tell(FAULTS.other, true); return; }
      this.keep(wavOf(running.blocks, running.rate), "audio/wav");
      this.tell("녹음했습니다. 들어 보고 ‘이 녹음 쓰기’를 눌러 주세요. 아직 아무것도 바뀌지 않았습니다.");
      this.listenPart.focus();
    }

    release() {
      const { running } = this;
      this.running = null;
      this.root.classList.remove("is-recording");
      this.stopPart.disabled = true;
      this.levelPart.value = 0;
      if (!running) return;
      running.node?.disconnect();
      if (running.node) running.node.port.onmessage = null;
      for (const track of running.stream.getTracks()) track.stop();
    }

    keep(bytes, type) {
      this.take = { bytes, type };
      this.sent = false;
      this.listenPart.disabled = this.sendPart.disabled = false;
    }

    async open() {
      const [file] = this.filePart.files;
      if (!file) return;
      this.sound.stop();
      this.keep(await file.arrayBuffer(), /\.mp3$/i.test(file.name) || file.type === "audio/mpeg" ? "audio/mpeg" : "audio/wav");
      this.tell(`${file.name}을(를) 골랐습니다. 들어 보고 ‘이 녹음 쓰기’를 눌러 주세요.`);
    }

    async listen() {
      if (this.sound.source) { this.sound.stop(); return; }
      this.listenPart.textContent = "멈추기";
      try {
        await this.sound.play(this.take.bytes, () => { this.listenPart.textContent = "들어 보기"; });
      } catch {
        this.listenPart.textContent = "들어 보기";
        this.tell("이 파일은 이 브라우저에서 들을 수 없어요. 16비트 WAV나 MP3로 저장해 다시 골라 주세요.", true);
      }
    }

    async send() {
      this.sound.stop();
      this.sendPart.disabled = true;
      this.tell("보내고 있습니다.");
      const answer = await fetch(this.root.dataset.post, {
        method: "POST", body: this.take.bytes, headers: { "Content-Type": this.take.type },
      }).catch(() => null);
      const told = await answer?.json().catch(() => null);
      if (answer?.status === 201) {
        this.sent = true;
        const here = new URL(location.href);
        here.searchParams.set("done", "recorded");
        location.assign(here);
        return;
      }
      this.sendPart.disabled = false;
      this.tell(told?.told ?? "보내지 못했어요. 녹음은 이 화면에 남아 있어요. 잠시 뒤 다시 눌러 주세요.", true);
    }
  }

  for (const root of document.querySelectorAll("[data-recorder]")) root.recorder = new Recorder(root);
})();
