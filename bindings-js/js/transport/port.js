// A MessagePort (or anything that posts messages to one partner: a Worker, a Worker's own scope) as a transport.
// Bytes travel as Uint8Array, the end as null: a port does not tell its partner that it was closed.

/** Whether `target` can be used with `openPort`. */
export function isPort(target) {
  return typeof target?.postMessage === "function" && typeof target.addEventListener === "function";
}

/** Uses a port that is connected already. */
export function openPort(port, events) {
  let closed = false;
  const end = (error) => {
    if (closed) return;
    closed = true;
    port.removeEventListener("message", receive);
    port.removeEventListener("close", end);
    port.close?.();
    events.close(error instanceof Error ? error : undefined);
  };
  const receive = ({ data }) => {
    if (data === null) end();
    else if (ArrayBuffer.isView(data)) events.data(data); // of this frame or another one
  };
  port.addEventListener("message", receive);
  port.addEventListener("close", end); // Node and new browsers: the other side is gone.
  port.start?.();
  queueMicrotask(() => closed || events.open());
  return {
    send(bytes) {
      port.postMessage(bytes, [bytes.buffer]);
      return true;
    },
    close() {
      if (closed) return;
      port.postMessage(null);
      end();
    },
  };
}
