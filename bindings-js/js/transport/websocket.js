import { MqttError } from "../error.js";

// A page cannot be told when a WebSocket has written what it was given, only asked how much is left.
const BUFFERED_BYTES_MAX = 1 << 20;
const BUFFERED_CHECK_MS = 10;

/** Opens a WebSocket with the subprotocol of MQTT, using the platform's own `WebSocket`. */
export function openWebSocket(url, events, { protocolVersion } = {}) {
  let timer;
  let socket;
  try {
    // 3.1 was registered under a name of its own. Spec: 6.0 [MQTT-6.0.0-3].
    socket = new WebSocket(url, protocolVersion === "3.1" ? ["mqttv3.1"] : ["mqtt"]);
  } catch (cause) {
    throw new MqttError(`cannot open ${url}: ${cause.message}`, "transport", { cause });
  }
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.open();
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) events.data(new Uint8Array(data));
    else socket.close(1003); // Spec: 6.0 [MQTT-6.0.0-1]: binary frames only.
  };
  socket.onclose = ({ code, reason, wasClean }) => {
    clearInterval(timer);
    events.close(wasClean ? undefined : new MqttError(describe(url, code, reason), "transport"));
  };
  const waitUntilWritten = () => {
    timer ??= setInterval(() => {
      if (socket.bufferedAmount > BUFFERED_BYTES_MAX) return;
      clearInterval(timer);
      timer = undefined;
      events.drain();
    }, BUFFERED_CHECK_MS);
  };
  return {
    send(bytes) {
      socket.send(bytes);
      if (socket.bufferedAmount <= BUFFERED_BYTES_MAX) return true;
      waitUntilWritten();
      return false;
    },
    close() {
      socket.close();
    },
  };
}

function describe(url, code, reason) {
  // Browsers tell a page nothing more than 1006, whatever went wrong.
  return `the WebSocket to ${url} failed (${code}${reason ? `: ${reason}` : ""})`;
}
