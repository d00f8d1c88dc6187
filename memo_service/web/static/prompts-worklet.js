// Hands every block of the microphone's sound to the page, as it is: nothing is compressed on the way.
"use strict";
registerProcessor("prompt-taker", class extends AudioWorkletProcessor {
  process([input]) {
    if (input.length) this.port.postMessage(input[0].slice());
    return true;
  }
});
