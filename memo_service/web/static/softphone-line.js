// The officer's line to the PBX: one WebSocket, one registration, looked after. Owns who has the line (one window
// at a time, RFC 3261 §10.2.3 asks the PBX who) and getting back after a loss; calls are softphone-call.js's.
"use strict";
class SoftphoneLine {
  static LOOK_MS = 20000; // the proxy lets a quiet WebSocket live 75 s
  static ANSWER_MS = 6000; // a PBX that says nothing that long is behind a dead line
  static EXPIRES_S = 120; // asterisk allows 30 and more
  static RENEW_MS = 40000;
  static RETRY_MS = 5000; // the web service starts again within a few seconds

  /**
   * `credentials()` gives {endpoint, secret}, or throws. `changed()` is called at each change of `state`:
   * off, connecting, ready, lost (the network), elsewhere (another window has the line), refused (by the PBX),
   * signed_out, unavailable (no credentials). `rings(session)` gets each call that comes in.
   */
  constructor({ credentials, changed, rings, busy }) {
    Object.assign(this, { credentials, changed, rings, busy });
    this.state = "off";
    this.mine = null;
    this.agent = null;
    window.addEventListener("online", () => this.hurry());
  }

  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.changed();
  }

  get up() { return Boolean(this.agent?.isConnected()); }

  /** Connect and take the line unless another window has it; `take`: even then (with the officer's consent). */
  async start({ take = false } = {}) {
    this.stop("connecting");
    const turn = this.turn = {}; // whoever starts or stops it meanwhile has the last word
    this.taking = take;
    let given;
    try {
      given = await this.credentials();
      this.mine ||= await SoftphoneLine.windowName();
    } catch (error) {
      if (turn !== this.turn) return;
      this.become(error.state || "unavailable");
      if (this.state === "unavailable") this.retry = setTimeout(() => this.start({ take }), SoftphoneLine.RETRY_MS);
      return;
    }
    if (turn !== this.turn) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const host = location.hostname.replace(/[[\]]/g, "");
    this.agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(`${scheme}://${location.host}/ws`)],
      uri: `sip:${given.endpoint}@${host.includes(":") ? "localhost" : host}`,
      contact_uri: `sip:${this.mine}@${this.mine}.invalid;transport=ws`,
      password: given.secret,
      register: false, // JsSIP would renew without asking whose the line is
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
    });
    this.registration = { call_id: `${this.mine}-${Date.now()}`, cseq: 0 };
    this.agent.on("connected", () => this.look());
    this.agent.on("disconnected", () => { if (this.agent) this.become(this.state === "connecting" ? "connecting" : "lost"); });
    this.agent.on("newRTCSession", ({ originator, session }) => { if (originator === "remote") this.rings(session); });
    this.agent.start();
    this.timer = setInterval(() => this.look(), SoftphoneLine.LOOK_MS);
    this.patience = setTimeout(() => { if (this.state === "connecting") this.become("lost"); }, SoftphoneLine.ANSWER_MS);
  }

  /** Take the line from the window that has it; the officer has agreed. Calls that are up here stay up. */
  async take() {
    if (!this.up) { await this.start({ take: true }); return; }
    this.taking = true;
    await this.look();
  }

  /** Let go of the line. Calls that are up end with it. */
  stop(state = "off") {
    clearTimeout(this.retry);
    clearInterval(this.timer);
    clearTimeout(this.patience);
    const agent = this.agent;
    this.agent = this.turn = null;
    agent?.stop();
    this.become(state);
  }

  /** The network is back, or so it seems: do not wait for the next try. */
  hurry() {
    if (!this.agent) return;
    if (this.up) this.look();
    else this.agent.transport.connect();
  }

  /** Ask the PBX who has the line, and keep it, take it or let it go. */
  async look() {
    if (!this.up || this.looking) return;
    const agent = this.agent;
    this.looking = true;
    try {
      await this.settle(await this.register([]));
    } catch (error) {
      if (agent !== this.agent) return;
      if (error.status === 401 || error.status === 403) await this.renewSecret();
      else if (error.status) this.become("refused");
      else if (error.status === 0) this.drop();
      else throw error;
    } finally {
      this.looking = false;
    }
  }

  async settle(holders) {
    const others = holders.filter((user) => user !== this.mine);
    if (others.length && !this.taking) {
      this.become("elsewhere"); // calls that are up stay up; who lost the line takes no new ones
      if (!this.busy()) this.stop("elsewhere");
      return;
    }
    if (others.length || !holders.length || this.state !== "ready" || Date.now() - this.renewed > SoftphoneLine.RENEW_MS) {
      await this.register([`Contact: ${this.agent.contact};expires=${SoftphoneLine.EXPIRES_S}`]);
      this.renewed = Date.now();
      this.taking = false;
    }
    this.refreshed = false;
    this.become("ready");
  }

  /** Provisioning renews the secrets: fetch the new one once before giving up. */
  async renewSecret() {
    if (this.refreshed || this.busy()) { this.become("refused"); return; }
    this.refreshed = true;
    await this.start({ take: this.taking });
  }

  /** The line is dead though the browser has not noticed: connect anew. */
  drop() {
    this.agent.transport.disconnect();
    this.agent.transport.connect();
  }

  /** One REGISTER; who has the line after it. Rejects with {status}, 0 for no answer. */
  register(headers) {
    const { agent, registration } = this;
    const { promise, resolve, reject } = Promise.withResolvers();
    const answered = (response) => {
      if (response.status_code < 200) return;
      if (response.status_code >= 300) { reject({ status: response.status_code }); return; }
      resolve((response.headers.Contact || []).flatMap(({ parsed }) => parsed).map(({ uri }) => uri.user));
    };
    const request = new JsSIP.OutgoingRequest("REGISTER", agent.configuration.registrar_server, agent,
      { to_uri: agent.configuration.uri, call_id: registration.call_id, cseq: (registration.cseq += 1) }, headers);
    new JsSIP.RequestSender(agent, request, {
      onAuthenticated: () => { registration.cseq += 1; },
      onReceiveResponse: answered,
      onRequestTimeout: () => reject({ status: 0 }),
      onTransportError: () => reject({ status: 0 }),
    }).send();
    setTimeout(() => reject({ status: 0 }), SoftphoneLine.ANSWER_MS);
    return promise;
  }

  /** A name for this window that a reload keeps, so that it takes its own line back without asking. */
  static async windowName() {
    const made = `w${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
    let name = made;
    try {
      name = sessionStorage.getItem("charterline-softphone") || made;
      if (!await SoftphoneLine.alone(name)) name = made; // a tab that was duplicated brings the other one's name along
      sessionStorage.setItem("charterline-softphone", name);
    } catch { /* storage refused: a reload then asks */ }
    return name;
  }

  /** Whether no other window of this browser goes by this name; from now on none will. */
  static alone(name) {
    return new Promise((resolve) => {
      navigator.locks.request(name, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock && new Promise(() => {});
      });
    });
  }
}
