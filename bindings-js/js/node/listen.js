// Listening on a port, for the broker in Node.
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { wireAccepted } from "./socket.js";
import { acceptWebSocket } from "./websocket.js";

/**
 * Gives every connection on a port to `broker`. `websocket` is true or the path, for MQTT over WebSocket; `tls` are the
 * options of Node's `tls.createServer` (`cert`, `key`, `ca`, `requestCert`).
 */
export async function listen(broker, { port = 0, host = "127.0.0.1", websocket = false, tls: secure } = {}) {
  const sockets = new Set();
  const track = (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // What comes of it is the close that follows.
    socket.on("close", () => sockets.delete(socket));
  };
  const peer = (socket) => ({ peer: `${socket.remoteAddress}:${socket.remotePort}`, listener: describe() });
  const path = websocket === true ? "/mqtt" : websocket;
  const server = path ? webServer() : plainServer();
  const protocol = `${path ? "ws" : "mqtt"}${secure ? "s" : ""}`;
  const describe = () => `${protocol}://${host.includes(":") ? `[${host}]` : host}:${server.address().port}${path || ""}`;

  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: server.address().port,
    url: describe(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroySoon();
      await closed;
    },
  };

  function plainServer() {
    const serve = (socket) => {
      track(socket);
      socket.setNoDelay(true);
      broker.accept((events) => wireAccepted(socket, events), peer(socket));
    };
    return secure ? tls.createServer(secure, serve) : net.createServer(serve);
  }

  function webServer() {
    const refuse = (_, response) => response.writeHead(426, { Upgrade: "websocket" }).end("MQTT over WebSocket only\n");
    const web = secure ? https.createServer(secure, refuse) : http.createServer(refuse);
    web.on("connection", track);
    web.on("upgrade", (request, socket, head) => {
      const open = request.url.split("?")[0] === path && acceptWebSocket(request, socket, head);
      if (open) broker.accept(open, peer(socket));
      else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    });
    return web;
  }
}
