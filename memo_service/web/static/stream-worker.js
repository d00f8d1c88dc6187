// Shared by all tabs: one event stream for them together, because a browser opens six connections to a host at
// most and a seventh tab would hang (WEB-02).
"use strict";
importScripts(new URL(self.location).searchParams.get("stream"));

const REMEMBERED = 400;
const CLAIMS = 200;
const ports = new Set();
const claimed = new Set();
let reader = null;
let recent = [];
let up = null; // not known: a stream that fails before it ever stood must be told as lost, too

function tell(message) {
  if (message.type === "ended") { end(); return; }
  if (message.type === "link") {
    if (message.up === up) return;
    up = message.up;
  } else {
    recent.push(message);
    recent = recent.slice(-REMEMBERED);
  }
  for (const port of ports) port.postMessage(message);
}

// whoever signs in next has a stream of his own, and no page of the one before hears it
function end() {
  for (const port of ports) port.postMessage({ type: "ended" });
  ports.clear();
  reader = null;
  up = null;
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

// what one tab alone may do (ring, notify): the first that asks may
function claim(port, key) {
  if (claimed.has(key)) return;
  claimed.add(key);
  if (claimed.size > CLAIMS) claimed.delete(claimed.values().next().value);
  port.postMessage({ type: "granted", key });
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
  port.onmessage = ({ data }) => {
    if (data.type === "join") join(port, data.after);
    else if (data.type === "claim") claim(port, data.key);
    else leave(port);
  };
};
