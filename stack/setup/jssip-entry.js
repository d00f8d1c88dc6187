// What of JsSIP the softphone uses; esbuild packs it into one file at setup (bundle.py).
import UA from "jssip/lib/UA.js";
import WebSocketInterface from "jssip/lib/WebSocketInterface.js";
import RequestSender from "jssip/lib/RequestSender.js";
import { OutgoingRequest } from "jssip/lib/SIPMessage.js";

window.JsSIP = { UA, WebSocketInterface, RequestSender, OutgoingRequest };
