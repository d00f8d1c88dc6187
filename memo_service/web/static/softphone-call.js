// One call of the softphone, from ring or dialling to its end. Owns its JsSIP session and its sound; what is shown
// and asked is softphone.js's. Nothing is sent while the line is down: the call goes on without it (RFC 3261 §12).
"use strict";
class SoftphoneCall {
  static MEDIA = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

  /** `changed(call)` is called at each change; `audio` plays what is heard. */
  constructor(session, { audio, changed }) {
    Object.assign(this, { session, audio, changed });
    const remote = session.remote_identity;
    this.incoming = session.direction === "incoming";
    this.number = remote.uri.user || "";
    this.name = remote.display_name || "";
    this.phase = this.incoming ? "ringing" : "dialling";
    this.held = this.parked = this.muted = false;
    this.since = null;
    this.told = "";
    this.listen();
  }

  listen() {
    const { session } = this;
    const say = (change) => () => { change(); this.changed(this); };
    if (session.connection) this.hear(session.connection);
    session.on("peerconnection", ({ peerconnection }) => this.hear(peerconnection));
    session.on("accepted", say(() => { this.phase = "talking"; this.since = Date.now(); }));
    session.on("hold", ({ originator }) => say(() => { if (originator === "local") this.held = true; else this.parked = true; })());
    session.on("unhold", ({ originator }) => say(() => { if (originator === "local") this.held = false; else this.parked = false; })());
    session.on("muted", say(() => { this.muted = true; }));
    session.on("unmuted", say(() => { this.muted = false; }));
    const over = ({ cause, originator }) => {
      this.phase = "ended";
      this.cause = cause;
      this.byUs = originator === "local";
      this.quiet();
      this.changed(this);
    };
    session.on("ended", over);
    session.on("failed", over);
  }

  hear(connection) {
    connection.addEventListener("track", ({ streams, track }) => this.audio.play(this, streams[0] || new MediaStream([track])));
  }

  quiet() {
    this.audio.stop(this);
    this.stream?.getTracks().forEach((track) => track.stop());
  }

  get talking() { return this.phase === "talking"; }

  answer(stream) {
    this.stream = stream;
    this.session.answer({ ...SoftphoneCall.MEDIA, mediaStream: stream });
  }

  /** 486: the PBX goes on to the next who may take it. */
  reject() { this.session.terminate({ status_code: 486 }); }
  hangUp() { this.session.terminate(); }
  mute(on) { if (on) this.session.mute(); else this.session.unmute(); }

  /** Hold or go on; resolves when the PBX has agreed, at once where there is nothing to change. */
  hold(on) {
    return new Promise((resolve) => {
      if (this.held === on || !(on ? this.session.hold({}, resolve) : this.session.unhold({}, resolve))) resolve();
    });
  }

  /** RFC 4733: in the sound itself, as the PBX expects it. */
  keys(digits) { this.session.sendDTMF(digits, { transportType: "RFC2833", duration: 100, interToneGap: 70 }); }

  /** Pass the caller on: to a number, or to whom `other` talks to. Resolves to true when the PBX has done it. */
  transfer(number, other) {
    const { promise, resolve } = Promise.withResolvers();
    const no = () => resolve(false);
    const eventHandlers = { accepted: () => resolve(true), failed: no, requestFailed: no };
    const target = other ? other.session.remote_identity.uri.toString() : number;
    this.session.refer(target, other ? { eventHandlers, replaces: other.session } : { eventHandlers });
    this.session.on("ended", no); // the PBX tells its word before it ends us
    return promise;
  }

  /** The line is back: tell the PBX over which one to reach us, and find a new way for sound that was lost. */
  rejoin() {
    if (!this.talking) return;
    const iceRestart = this.session.connection.iceConnectionState === "failed";
    this.session.renegotiate(iceRestart ? { rtcOfferConstraints: { iceRestart } } : {});
  }

  async useMicrophone(stream) {
    const sender = this.session.connection?.getSenders().find(({ track }) => track?.kind === "audio");
    if (!sender) return;
    const [fresh] = stream.getAudioTracks();
    fresh.enabled = !this.muted;
    await sender.replaceTrack(fresh);
    this.stream.getTracks().forEach((track) => track.stop());
    this.stream = stream;
  }
}
