// Many connections over one BroadcastChannel, where everybody hears everything: each message names its connection and
// which side it is for. So tabs of one origin reach a broker in one of them without a server.

/** Whether `target` is a BroadcastChannel. */
export function isChannel(target) {
  return typeof BroadcastChannel === "function" && target instanceof BroadcastChannel;
}

/** The client's side: a connection under a name that nobody else has. */
export function openChannel(channel, events) {
  const connection = crypto.randomUUID();
  const receive = ({ data }) => {
    if (data?.polymqtt !== "client" || data.connection !== connection) return;
    if (data.bytes) events.data(data.bytes);
    else end();
  };
  const end = () => {
    channel.removeEventListener("message", receive);
    events.close();
  };
  channel.addEventListener("message", receive);
  queueMicrotask(() => events.open());
  return endpoint(channel, "broker", connection, end);
}

/**
 * The broker's side: `accept` gets, for each new connection, what opens it. Returns a function that ends all of them.
 */
export function acceptChannel(channel, accept) {
  const connections = new Map();
  const receive = ({ data }) => {
    if (data?.polymqtt !== "broker") return;
    const { connection, bytes } = data;
    if (!connections.has(connection) && bytes) accept((events) => open(connection, events));
    const known = connections.get(connection);
    if (bytes) known?.events.data(bytes);
    else known?.end();
  };
  const open = (connection, events) => {
    const end = () => {
      if (connections.delete(connection)) events.close();
    };
    connections.set(connection, { events, end });
    return endpoint(channel, "client", connection, end);
  };
  channel.addEventListener("message", receive);
  return () => {
    channel.removeEventListener("message", receive);
    for (const { end } of connections.values()) end();
  };
}

function endpoint(channel, to, connection, end) {
  let closed = false;
  return {
    send(bytes) {
      channel.postMessage({ polymqtt: to, connection, bytes });
      return true;
    },
    close() {
      if (closed) return;
      closed = true;
      channel.postMessage({ polymqtt: to, connection });
      end();
    },
  };
}
