// WebSocket for Node: as a client (RFC 6455, 4.1) and for the sockets that an HTTP server was asked to upgrade.
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { MqttError } from "../error.js";
import { Frames } from "./frames.js";

const SUBPROTOCOLS = ["mqtt", "mqttv3.1"];

/** `ws://host:8083/mqtt` and `wss://`; `tls` are the options of `tls.connect`, `headers` go into the HTTP request. */
export function openWebSocket(url, events, { tls, headers, protocolVersion } = {}) {
  const key = randomBytes(16).toString("base64");
  const { request } = url.startsWith("wss:") ? https : http;
  const attempt = request(url.replace(/^ws/, "http"), {
    ...tls,
    headers: {
      ...headers,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Protocol": SUBPROTOCOLS[protocolVersion === "3.1" ? 1 : 0],
    },
  });
  let frames;
  let ended = false;
  const end = (reason, cause) => {
    if (ended) return;
    ended = true;
    events.close(reason && new MqttError(`${url}: ${reason}`, "transport", { cause }));
  };
  attempt.on("error", (cause) => end(cause.message, cause));
  attempt.on("close", () => frames ?? end("the connection was closed"));
  attempt.on("response", (response) => {
    response.resume();
    attempt.destroy();
    end(`the server answered ${response.statusCode} ${response.statusMessage} instead of opening a WebSocket`);
  });
  attempt.on("upgrade", (response, socket, head) => {
    if (response.headers["sec-websocket-accept"] !== acceptKey(key)) {
      socket.destroy();
      end("the server does not speak WebSocket");
      return;
    }
    frames = wire(socket, { ...events, close: (cause) => end(cause?.message, cause) }, true);
    events.open();
    if (head.length > 0) frames.receive(head);
  });
  attempt.end();
  return {
    send: (bytes) => frames.send(bytes),
    close: () => (frames ? frames.close() : attempt.destroy()),
  };
}

/** Answers the upgrade request of a browser or another client; returns what opens the connection, or nothing. */
export function acceptWebSocket(request, socket, head) {
  const key = request.headers["sec-websocket-key"];
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const subprotocol = SUBPROTOCOLS.find((name) => offered.includes(name));
  if (!key || !subprotocol || request.headers["sec-websocket-version"] !== "13") {
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    return undefined;
  }
  const answer = [
    "HTTP/1.1 101 Switching Protocols",
    "Connection: Upgrade",
    "Upgrade: websocket",
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    `Sec-WebSocket-Protocol: ${subprotocol}`,
  ];
  socket.write(`${answer.join("\r\n")}\r\n\r\n`);
  return (events) => {
    const frames = wire(socket, events, false);
    if (head.length > 0) queueMicrotask(() => frames.receive(head));
    return { send: (bytes) => frames.send(bytes), close: () => frames.close() };
  };
}

function wire(socket, events, client) {
  const frames = new Frames(socket, events, { client });
  let fault;
  socket.setNoDelay(true);
  socket.setTimeout(0);
  socket.on("data", (bytes) => frames.receive(bytes));
  socket.on("drain", () => events.drain());
  socket.on("error", (cause) => (fault = cause));
  socket.on("end", () => socket.end());
  socket.on("close", () => events.close(fault));
  return frames;
}

function acceptKey(key) {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
