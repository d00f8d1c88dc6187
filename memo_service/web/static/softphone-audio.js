// Microphone, speaker and bell of the softphone. Owns the choice of devices (kept in this browser), the bell's sound
// and the level meter; knows nothing of SIP. The bell is made here, so that no file has to be there to ring.
"use strict";
class SoftphoneAudio {
  static KEPT = "charterline-softphone-devices";

  /** `lost()` is called when the microphone in use goes away. */
  constructor({ lost }) {
    this.lost = lost;
    this.players = new Map();
    this.chosen = { microphone: "", speaker: "", bell: "", volume: 0.6 };
    try {
      Object.assign(this.chosen, JSON.parse(localStorage.getItem(SoftphoneAudio.KEPT) || "{}"));
    } catch { /* refused or damaged: the usual devices */ }
  }

  choose(what, value) {
    this.chosen[what] = value;
    try { localStorage.setItem(SoftphoneAudio.KEPT, JSON.stringify(this.chosen)); } catch { /* for this time only */ }
    if (what === "speaker") for (const player of this.players.values()) this.route(player, value);
    if (what === "bell" && this.bell) this.route(this.bell.player, value);
    if (what === "volume" && this.bell) this.bell.gain.gain.value = value;
  }

  /** Why no microphone can be had here at all, or "". */
  static obstacle() {
    if (!window.isSecureContext) return "insecure";
    return navigator.mediaDevices?.getUserMedia && window.RTCPeerConnection ? "" : "unable";
  }

  /** The chosen microphone, the usual one where it is gone. Throws the browser's DOMException. */
  async microphone() {
    const wanted = this.chosen.microphone;
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const exact = wanted ? { deviceId: { exact: wanted } } : {};
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { ...audio, ...exact } });
    } catch (error) {
      if (!wanted || !["OverconstrainedError", "NotFoundError"].includes(error.name)) throw error;
      stream = await navigator.mediaDevices.getUserMedia({ audio });
    }
    stream.getAudioTracks()[0].addEventListener("ended", () => this.lost());
    return stream;
  }

  /** {microphone, speaker}: devices by kind, [{id, label}]. Labels are empty until the microphone was allowed. */
  async devices() {
    const found = await navigator.mediaDevices.enumerateDevices();
    const of = (kind) => found.filter((device) => device.kind === kind && device.deviceId)
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
    return { microphone: of("audioinput"), speaker: of("audiooutput") };
  }

  play(owner, stream) {
    const player = this.players.get(owner) || new Audio();
    this.players.set(owner, player);
    player.srcObject = stream;
    this.route(player, this.chosen.speaker);
    return player.play();
  }

  stop(owner) {
    const player = this.players.get(owner);
    if (player) player.srcObject = null;
    this.players.delete(owner);
  }

  /** A device that was pulled out since is no reason to be silent. */
  route(player, id) { player.setSinkId?.(id).catch(() => player.setSinkId("")); }

  /** One context for all that is made or measured here; false while the browser waits for the officer's first click. */
  async wake() {
    this.context ||= new AudioContext();
    const running = new Promise((resolve) => { this.context.resume().then(() => resolve(true)); setTimeout(() => resolve(false), 300); });
    return this.context.state === "running" || running;
  }

  /** Ring until `silence`: one second of 440 and 480 Hz, two of nothing. */
  async ring() {
    if (this.bell) return;
    this.bell = this.makeBell();
    await this.wake();
    await this.bell?.player.play().catch(() => this.silence());
  }

  makeBell() {
    this.context ||= new AudioContext();
    const gain = this.context.createGain();
    const pulse = this.context.createGain();
    const out = this.context.createMediaStreamDestination();
    const tones = [440, 480].map((frequency) => new OscillatorNode(this.context, { frequency }));
    for (const tone of tones) { tone.connect(pulse); tone.start(); }
    gain.gain.value = this.chosen.volume;
    pulse.connect(gain).connect(out);
    const beat = () => {
      const now = this.context.currentTime;
      pulse.gain.setValueAtTime(0.3, now);
      pulse.gain.setValueAtTime(0, now + 1);
    };
    beat();
    const player = new Audio();
    player.srcObject = out.stream;
    this.route(player, this.chosen.bell);
    return { gain, tones, player, timer: setInterval(beat, 3000) };
  }

  silence() {
    if (!this.bell) return;
    clearInterval(this.bell.timer);
    this.bell.tones.forEach((tone) => tone.stop());
    this.bell.player.srcObject = null;
    this.bell = null;
  }

  /** Call `show(level)`, 0…1, until the returned function is called. */
  meter(stream, show) {
    this.context ||= new AudioContext();
    const ear = this.context.createAnalyser();
    const source = this.context.createMediaStreamSource(stream);
    source.connect(ear);
    const samples = new Float32Array(ear.fftSize);
    const timer = setInterval(() => {
      ear.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
      show(Math.max(0, Math.min(1, 1 + Math.log10(power + 1e-9) / 5))); // -50 dB … 0 dB
    }, 100);
    return () => { clearInterval(timer); source.disconnect(); };
  }

  /** Let the officer hear himself 1.5 s late, until the returned function is called. */
  echo(stream) {
    const source = this.context.createMediaStreamSource(stream);
    const out = this.context.createMediaStreamDestination();
    source.connect(new DelayNode(this.context, { delayTime: 1.5, maxDelayTime: 2 })).connect(out);
    this.play("echo", out.stream);
    return () => { source.disconnect(); this.stop("echo"); };
  }
}
