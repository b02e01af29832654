// The package in Node: the same as in a page, plus the transports that only Node has.
import { Broker as PageBroker } from "./broker.js";
import { listen } from "./node/listen.js";
import { openTcp, openTls, openUnix } from "./node/socket.js";
import { openWebSocket } from "./node/websocket.js";
import { registerScheme } from "./transport/index.js";

registerScheme("mqtt:", openTcp);
registerScheme("tcp:", openTcp);
registerScheme("mqtts:", openTls);
registerScheme("tls:", openTls);
registerScheme("unix:", openUnix);
registerScheme("ws:", openWebSocket);
registerScheme("wss:", openWebSocket);

export * from "./index.js";

/** The broker of a page that can listen, too. */
export class Broker extends PageBroker {
  /**
   * Listens for MQTT over TCP on a port (0: any that is free), or as the options say; resolves to `{ port, url, close() }`.
   */
  async listen(where = 0) {
    const listener = await listen(this, typeof where === "number" ? { port: where } : where);
    this.closing(() => listener.close());
    return listener;
  }
}
