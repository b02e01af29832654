// From what the user wrote (a URL, a port, a function) to a connection. A transport is opened with
// `open(events, options)`, where events are `open() data(bytes) drain() close(error?)`, and returns
// `{ send(bytes): boolean, close() }`. `send` that returns false is followed by a `drain()`.
import { MqttError } from "../error.js";
import { isChannel, openChannel } from "./channel.js";
import { isPort, openPort } from "./port.js";
import { openWebSocket } from "./websocket.js";

const schemes = new Map([
  ["ws:", openWebSocket],
  ["wss:", openWebSocket],
]);

/** Adds a URL scheme, or replaces how it is opened. */
export function registerScheme(scheme, open) {
  schemes.set(scheme, open);
}

/** How `target` is opened: a function of events and options. Throws when there is no way. */
export function transportTo(target) {
  if (typeof target === "function") return target;
  if (isChannel(target)) return (events) => openChannel(target, events);
  if (isPort(target)) return (events) => openPort(target, events);
  if (isPort(target?.port)) return (events) => openPort(target.port, events); // a SharedWorker
  if (typeof target !== "string" && !(target instanceof URL)) {
    throw new MqttError("connect to what? A URL such as ws://host:8083/mqtt, or a MessagePort", "usage");
  }
  const url = parse(String(target));
  const open = schemes.get(url.protocol);
  if (!open) {
    const known = [...schemes.keys()].map((scheme) => `${scheme}//`).join(" ");
    const hint = schemes.has("mqtt:") ? "" : "; a page reaches a broker by WebSocket only, often ws://host:8083/mqtt";
    throw new MqttError(`no way to open ${url.protocol}// here, only ${known}${hint}`, "usage");
  }
  url.username = url.password = ""; // They go into CONNECT.
  return (events, options) => open(url.href, events, options);
}

/** User name and password that stand in a URL. */
export function credentialsOf(target) {
  if (typeof target !== "string" && !(target instanceof URL)) return {};
  const { username, password } = parse(String(target));
  return {
    ...(username && { userName: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  };
}

function parse(text) {
  try {
    const url = new URL(text, globalThis.location?.href);
    // An address such as "/mqtt" means the page's own server.
    if (url.protocol === "http:") url.protocol = "ws:";
    if (url.protocol === "https:") url.protocol = "wss:";
    return url;
  } catch (cause) {
    throw new MqttError(`${JSON.stringify(text)} is not a URL such as ws://host:8083/mqtt`, "usage", { cause });
  }
}
