// One reader of /events, in a page or in the worker that all tabs share. Owns reconnecting (WEB-01).
"use strict";
class EventReader {
  /** `tell` gets {type, id, data}; "link" says by `up` whether the stream stands, "ended" that the session is over. */
  constructor(after, tell) {
    this.last = after;
    this.tell = tell;
    this.heard = Date.now();
    this.open();
    // the server pings every 15 s: 40 s of silence is a dead line that TCP has not noticed yet
    this.watch = setInterval(() => { if (Date.now() - this.heard > 40000) this.again(); }, 5000);
  }

  open() {
    this.heard = Date.now();
    this.source = new EventSource(`/events?after=${encodeURIComponent(this.last)}`);
    for (const type of ["board", "parts", "callbacks", "reminders", "memos", "presence", "desk", "cards", "talk", "prompts", "waiting", "reset", "ping"]) {
      this.source.addEventListener(type, (event) => this.take(type, event));
    }
    this.source.onerror = () => {
      this.tell({ type: "link", up: false });
      // the browser tries again by itself, but not after an answer that is no stream
      if (this.source.readyState === EventSource.CLOSED) this.ask();
    };
  }

  async ask() {
    const answer = await fetch("/session", { cache: "no-store" }).catch(() => null);
    if (answer?.status !== 401) { setTimeout(() => this.again(), 3000); return; }
    this.close();
    this.tell({ type: "ended" });
  }

  again() {
    this.source.close();
    this.tell({ type: "link", up: false });
    this.open();
  }

  take(type, event) {
    this.heard = Date.now();
    this.tell({ type: "link", up: true });
    if (type === "ping") return;
    this.last = event.lastEventId;
    this.tell({ type, id: event.lastEventId, data: JSON.parse(event.data) });
  }

  close() {
    clearInterval(this.watch);
    this.source.close();
  }
}
