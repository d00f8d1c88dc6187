// Plays sound that is in this page and nowhere else: a take before it is sent, a preview. One at a time.
"use strict";
class PromptSound {
  constructor() {
    this.context = null;
    this.source = null;
    this.ended = () => {};
  }

  /** The context, made at a press of a button as browsers want it. */
  async ready() {
    this.context ||= new AudioContext();
    if (this.context.state === "suspended") await this.context.resume();
    return this.context;
  }

  async play(bytes, ended) {
    this.stop();
    const context = await this.ready();
    const sound = await context.decodeAudioData(bytes.slice(0));
    this.ended = ended;
    this.source = context.createBufferSource();
    this.source.buffer = sound;
    this.source.connect(context.destination);
    this.source.onended = () => this.stop();
    this.source.start();
    return sound.duration;
  }

  stop() {
    const { source } = this;
    if (!source) return;
    this.source = null;
    source.onended = null;
    source.stop();
    this.ended();
  }
}
