// Shared by all tabs: one event stream for them together, because a browser opens six connections to a host at
// most and a seventh tab would hang (WEB-02).
"use strict";
importScripts(new URL(self.location).searchParams.get("stream"));

const REMEMBERED = 400;
const ports = new Set();
let reader = null;
let recent = [];
let up = null; // not known: a stream that fails before it ever stood must be told as lost, too

function tell(message) {
  if (message.type === "link") {
    if (message.up === up) return;
    up = message.up;
  } else {
    recent.push(message);
    recent = recent.slice(-REMEMBERED);
  }
  for (const port of ports) port.postMessage(message);
}

function join(port, after) {
  ports.add(port);
  if (!reader) {
    recent = [];
    reader = new EventReader(after, tell);
    return;
  }
  if (up !== null) port.postMessage({ type: "link", up });
  const seen = recent.findIndex((message) => message.id === after);
  if (seen >= 0) for (const message of recent.slice(seen + 1)) port.postMessage(message);
  else if (after !== reader.last) port.postMessage({ type: "reset", id: reader.last, data: {} });
}

function leave(port) {
  ports.delete(port);
  if (ports.size === 0 && reader) {
    reader.close();
    reader = null;
    up = null;
  }
}

self.onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = ({ data }) => { if (data.type === "join") join(port, data.after); else leave(port); };
};
