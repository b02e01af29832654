// TCP, TLS and Unix sockets of Node as a transport.
import net from "node:net";
import tls from "node:tls";
import { MqttError } from "../error.js";

/** `mqtt://host:1883` */
export function openTcp(url, events) {
  const { hostname, port } = new URL(url);
  return wire(net.connect({ host: host(hostname), port: Number(port || 1883), noDelay: true }), "connect", url, events);
}

/** `mqtts://host:8883`; `tls` are the options of Node's `tls.connect`, such as `ca`, `cert` and `key`. */
export function openTls(url, events, options = {}) {
  const { hostname, port } = new URL(url);
  const name = host(hostname);
  const servername = net.isIP(name) ? undefined : name;
  const socket = tls.connect({ host: name, port: Number(port || 8883), servername, ...options.tls });
  socket.setNoDelay(true);
  return wire(socket, "secureConnect", url, events);
}

/** `unix:/path/to/socket` */
export function openUnix(url, events) {
  return wire(net.connect({ path: decodeURIComponent(new URL(url).pathname) }), "connect", url, events);
}

/** Uses a socket that a server accepted. */
export function wireAccepted(socket, events) {
  return wire(socket, undefined, undefined, events);
}

function wire(socket, opened, url, events) {
  let fault;
  if (opened) socket.once(opened, () => events.open());
  socket.on("data", (bytes) => events.data(bytes));
  socket.on("drain", () => events.drain());
  socket.on("error", (cause) => {
    fault = new MqttError(url ? `${url}: ${cause.message}` : cause.message, "transport", { cause });
  });
  socket.on("end", () => socket.end());
  socket.on("close", () => events.close(fault));
  return {
    send: (bytes) => socket.write(bytes),
    close: () => socket.destroySoon(),
  };
}

/** The brackets of an IPv6 address belong to the URL. */
function host(hostname) {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
